import {get, Problem, query, segment, send} from '../../api/client';
import type {Upload} from '../../api/types';

const LOOK_MILLISECONDS = 250;
const GIVE_UP_MILLISECONDS = 3000;
const WAITS_MILLISECONDS = [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000];

export interface Wish {
  tenant: string;
  file: File;
  name: string;
  format: Upload['format'];
}

/** Who is told how an upload gets on, and what it is bounded by. */
export interface Watch {
  /** So many of the file's bytes were received. */
  moved(bytes: number): void;
  /** Whether the connection is lost, and the upload goes on once it is back. */
  lost(now: boolean): void;
  /** The upload at this address is to be given up by whoever leaves; null: nothing is. */
  leavable(address: string | null): void;
  /** Whether the server dropped what it had of an upload that came to no end. */
  dropped?(now: boolean): void;
  /** Aborted: it is given up. */
  signal: AbortSignal;
  pause?: (milliseconds: number) => Promise<void>;
}

const ENDINGS: Record<string, Upload['format']> = {
  csv: 'csv', tsv: 'csv', txt: 'csv', ndjson: 'ndjson', jsonl: 'ndjson', json: 'ndjson',
  parquet: 'parquet', pq: 'parquet',
};
export const ACCEPTED = Object.keys(ENDINGS).map((ending) => `.${ending}`).join(',');

/** The format that a file's ending tells; empty where it tells none. */
export function formatFor(file: string): Upload['format'] | '' {
  const ending = /\.([^.]*)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(ENDINGS, ending) ? (ENDINGS[ending] ?? '') : '';
}

/** What SQL can call a file: its name without an ending that tells a format, as the terminal's. */
export function nameFor(file: string): string {
  const name = formatFor(file) ? file.replace(/\.[^.]*$/, '') : file;
  const plain = name.replaceAll(/[^A-Za-z0-9_]+/g, '_').slice(0, 63);
  return /^[A-Za-z_]/.test(plain) ? plain : `data_${plain}`.slice(0, 63);
}

/** What passes by itself: no answer, or a server that is busy or just began. */
function passes(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status === 503);
}

/** An upload under way: each call is tried again as long as something moves now and then. */
class Sending {
  #tries = 0; // since something moved

  constructor(
    private readonly address: string,
    private readonly watch: Watch,
  ) {}

  /** The answer of `call`; after one that was lost, `call` learns where the server is.
   * Problem: refused, or nothing moved for a minute and more. */
  async #patiently(call: (again: boolean) => Promise<Upload>): Promise<Upload> {
    for (let again = false; ; again = true) {
      try {
        const now = await call(again);
        this.watch.lost(false);
        return now;
      } catch (error) {
        const wait = WAITS_MILLISECONDS[this.#tries];
        if (!passes(error) || wait === undefined) throw error;
        this.#tries += 1;
        this.watch.lost(true);
        await this.#pause(wait);
      }
    }
  }

  #look(): Promise<Upload> {
    return get<Upload>(this.address, {}, this.watch.signal);
  }

  async #pause(milliseconds: number): Promise<void> {
    const {pause, signal} = this.watch;
    await (pause ?? ((wait) => new Promise((resolve) => setTimeout(resolve, wait))))(milliseconds);
    signal.throwIfAborted();
  }

  /** Sends all parts: after a lost answer from where the server is. */
  async parts(file: File, partBytes: number): Promise<void> {
    for (let offset = 0; offset < file.size; this.watch.moved(offset)) {
      const now = await this.#patiently(async (again) => {
        if (again) return this.#look();
        const part = file.slice(offset, offset + partBytes, 'application/octet-stream');
        return send<Upload>('PUT', this.address + query({offset}), part, this.watch.signal);
      });
      if (now.bytes > offset) this.#tries = 0;
      offset = now.bytes;
    }
  }

  /** Commits, and waits until it is a data set or has failed. */
  async end(bytes: number): Promise<Upload> {
    const commit = () =>
      send<Upload>('POST', `${this.address}/commit`, {bytes}, this.watch.signal);
    let now = await this.#patiently(async (again) => {
      const there = again ? await this.#look() : null;
      return !there || there.state === 'receiving' ? commit() : there;
    });
    this.watch.leavable(null); // the server goes on by itself
    while (now.state === 'importing' || now.state === 'receiving') {
      await this.#pause(LOOK_MILLISECONDS);
      this.#tries = 0;
      now = await this.#patiently(() => this.#look());
    }
    return now;
  }
}

/** Sends a file part by part and waits until it is a data set. A lost connection is waited for:
 * then it goes on where the server is. Problem: it was refused, or the connection did not come
 * back; an upload that failed tells why in `problem`. What is not finished is deleted. */
export async function upload(wish: Wish, watch: Watch): Promise<Upload> {
  const sets = `/api/v1/tenants/${segment(wish.tenant)}/datasets`;
  const {name, format, file} = wish;
  const begun = await send<Upload>('POST', sets, {name, format, bytes: file.size}, watch.signal);
  const address = `${sets}/uploads/${segment(begun.uploadID)}`;
  let unfinished = true;
  const leavable = (what: string | null) => {
    unfinished = what !== null;
    watch.leavable(what);
  };
  leavable(address);
  const sending = new Sending(address, {...watch, leavable});
  try {
    await sending.parts(file, begun.partBytesMax);
    return await sending.end(file.size);
  } catch (error) {
    if (unfinished) {
      const gone = await giveUp(address);
      watch.dropped?.(gone);
    }
    throw error;
  } finally {
    watch.leavable(null);
    watch.lost(false);
  }
}

/** Deletes an upload, also while the page is left; whether it is gone. Where that does not reach
 * the server, it drops the upload by itself once nothing comes for long enough. */
export async function giveUp(address: string): Promise<boolean> {
  const signal = AbortSignal.timeout(GIVE_UP_MILLISECONDS);
  try {
    const gone = await fetch(address, {
      method: 'DELETE', credentials: 'same-origin', keepalive: true, signal,
    });
    return gone.ok || gone.status === 404;
  } catch {
    return false;
  }
}
