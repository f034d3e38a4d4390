import {untrack} from 'svelte';
import {Problem} from './client';
import {live} from './live.svelte';

/** Something read from the API: what was read last stays while it is read again, and while it can't
 * be. Made while a part of the page is made; read again when its inputs change, or the data. */
export class Resource<T> {
  data = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | undefined>(undefined);
  loading = $state(true);

  #read: (signal: AbortSignal) => Promise<T>;
  #abort: AbortController | null = null;

  /** `inputs` gives what decides the answer: when it changes, what was read before is forgotten.
   * `follows`: whether it is read again when the data changes. */
  constructor(
    read: (signal: AbortSignal) => Promise<T>,
    inputs: () => unknown = () => null,
    follows = true,
  ) {
    this.#read = read;
    let before: string | undefined;
    $effect(() => {
      const key = JSON.stringify(inputs()) ?? '';
      if (follows) void live.version;
      untrack(() => {
        if (before !== undefined && before !== key) this.data = undefined;
        before = key;
        void this.reload();
      });
      return () => this.#abort?.abort();
    });
  }

  async reload(): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    try {
      const data = await this.#read(abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.problem = undefined;
      this.loading = false;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.loading = false;
      this.problem =
        error instanceof Problem
          ? error
          : new Problem(0, 'A mistake of the page', String(error), '', null);
    }
  }
}

/** Reads a resource again every so often while `wanted()`, and while somebody looks at the page:
 * for what moves without an event. Made while a part of the page is made. */
export function repeat(
  resource: {readonly loading: boolean; reload(): Promise<void>},
  milliseconds: number,
  wanted: () => boolean,
): void {
  const on = $derived(wanted());
  $effect(() => {
    if (!on) return;
    const timer = setInterval(() => {
      if (!resource.loading && live.watched) void resource.reload();
    }, milliseconds);
    return () => clearInterval(timer);
  });
}
