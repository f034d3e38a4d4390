// What every browser has, where Node 18 lacks it.
import {File} from 'node:buffer';
import {webcrypto} from 'node:crypto';

function any(signals) {
  const one = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) one.abort(signal.reason);
    signal.addEventListener('abort', () => one.abort(signal.reason), {once: true});
  }
  return one.signal;
}

globalThis.crypto ??= webcrypto;
globalThis.File ??= File;
AbortSignal.any ??= any;
