import {Problem, send} from '../../api/client';
import type {DryRun, Job} from '../../api/types';
import {locate, type Fault} from './faults';

const SETTLE_MILLISECONDS = 600; // of typing

/** A specification's text is TOML or JSON, whichever it looks like. */
function asBody(text: string): Blob {
  return new Blob([text], {
    type: text.trimStart().startsWith('{') ? 'application/json' : 'application/toml',
  });
}

/** Checks a specification while it is written, and submits it. */
export class Check {
  /** What the server found out about the text as it is now; undefined while that is not known. */
  result = $state.raw<DryRun | undefined>(undefined);
  faults = $state.raw<Fault[]>([]);
  problem = $state.raw<Problem | undefined>(undefined);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  /** The text has changed: it is checked once it rests. */
  later(text: string): void {
    this.stop();
    this.result = undefined;
    this.#timer = setTimeout(() => void this.#check(text), SETTLE_MILLISECONDS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  async #check(text: string): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const found = await send<DryRun>(
        'POST',
        '/api/v1/jobs/dry-run',
        asBody(text),
        abort.signal,
      );
      this.result = found;
      this.problem = undefined;
      this.faults = found.problems.map((one) => locate(text, one));
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  /** The job that was made; null where the text was refused, and `faults` says why. */
  async submit(text: string): Promise<Job | null> {
    try {
      return await send<Job>('POST', '/api/v1/jobs', asBody(text));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 400) {
        this.faults = error.detail.split('\n').map((detail) => locate(text, {detail}));
      } else this.problem = error;
      return null;
    }
  }
}
