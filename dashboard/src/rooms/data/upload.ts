import {get, Problem, query, segment, send} from '../../api/client';
import type {Upload} from '../../api/types';

const LOOK_MILLISECONDS = 250;

export interface Wish {
  tenant: string;
  file: File;
  name: string;
  format: Upload['format'];
}

/** What SQL can call a file: its name without its ending, as far as that is one. */
export function nameFor(file: string): string {
  const plain = file.replace(/\.[^.]*$/, '').replaceAll(/[^A-Za-z0-9_]+/g, '_').slice(0, 63);
  return /^[A-Za-z_]/.test(plain) ? plain : `data_${plain}`.slice(0, 63);
}

export function formatFor(file: string): Upload['format'] {
  if (/\.parquet$/i.test(file)) return 'parquet';
  return /\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'csv';
}

/** Sends a file part by part and waits until it is a data set. `moved` is told how many of its
 * bytes were received. Problem: it was refused; an upload that failed tells why in `problem`. */
export async function upload(
  wish: Wish,
  moved: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Upload> {
  const sets = `/api/v1/tenants/${segment(wish.tenant)}/datasets`;
  const begun = await send<Upload>('POST', sets, {name: wish.name, format: wish.format}, signal);
  const address = `${sets}/uploads/${segment(begun.uploadID)}`;
  try {
    for (let offset = 0; offset < wish.file.size; ) {
      const part = wish.file.slice(offset, offset + begun.partBytesMax, 'application/octet-stream');
      await send('PUT', address + query({offset}), part, signal);
      offset += part.size;
      moved(offset);
    }
    let now = await send<Upload>('POST', `${address}/commit`, {bytes: wish.file.size}, signal);
    while (now.state === 'importing' || now.state === 'receiving') {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
      now = await get<Upload>(address, {}, signal);
    }
    return now;
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 0) {
      await send('DELETE', address).catch(() => undefined); // what was sent of it is not wanted
    }
    throw error;
  }
}
