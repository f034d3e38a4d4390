import type {ProblemDetails} from './types';

/** An answer that is no success, or none at all (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly requestID: string,
    readonly retryAfterSeconds: number | null,
  ) {
    super(detail);
  }
}

/** Nobody answered. */
export function noAnswer(): Problem {
  return new Problem(0, 'No answer', 'The server does not answer.', '', null);
}

export type Parameters = Record<string, string | number | undefined>;

/** What others want to know of every answer. */
export const listeners = {
  unauthenticated: () => {},
  lost: () => {},
  answered: () => {},
};

/** An id as a segment of an address. */
export const segment = encodeURIComponent;

const TIMEOUT_MILLISECONDS = 75_000; // longer than the server gives a request

export function query(parameters: Parameters): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}

async function call(
  method: string,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const late = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const headers: Record<string, string> = {Accept: 'application/json'};
  if (body !== undefined) {
    headers['Content-Type'] = body instanceof Blob ? body.type : 'application/json';
  }
  if (method === 'POST' && path !== '/api/v1/sessions') {
    headers['Idempotency-Key'] = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  }
  try {
    const answer = await fetch(path, {
      method,
      headers,
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    listeners.answered();
    return answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    listeners.lost();
    throw noAnswer();
  }
}

/** What an answer that is no success says. */
export async function problemOf(answer: Response): Promise<Problem> {
  let details: Partial<ProblemDetails> = {};
  try {
    details = (await answer.json()) as ProblemDetails;
  } catch {
    // Something between us and the server answered: what it says is not for people.
  }
  const retry = Number(answer.headers.get('Retry-After'));
  return new Problem(
    answer.status,
    details.title ?? answer.statusText,
    details.detail ?? `The server answered ${answer.status} without saying why.`,
    details.requestID ?? answer.headers.get('X-Request-ID') ?? '',
    answer.headers.has('Retry-After') && Number.isFinite(retry) ? retry : null,
  );
}

async function answerTo(
  method: string,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const answer = await call(method, path, body, signal);
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  if (answer.status === 401 && path !== '/api/v1/sessions') listeners.unauthenticated();
  throw problem;
}

/** Sends a request and reads its answer; Problem for any but a success. A Blob goes as its bytes
 * with its type, anything else as JSON. */
export async function send<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const answer = await answerTo(method, path, body, signal);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** As `send`, but gives the answer's text as it was written. */
export async function sendForText(
  method: string,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<string> {
  return (await answerTo(method, path, body, signal)).text();
}

const PATIENCE_MILLISECONDS = 90_000;

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

/** Reads; where the answer is still being worked out (503 with Retry-After), asks again. */
export async function get<T>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<T> {
  const until = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await send<T>('GET', path + query(parameters), undefined, signal);
    } catch (error) {
      const wait = error instanceof Problem && error.status === 503 && error.retryAfterSeconds;
      if (!wait || Date.now() > until) throw error;
      await pause(wait * 1000, signal);
    }
  }
}

/** Every item of a list, page by page, up to `most`. */
export async function all<T>(path: string, most = 10_000, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await get<{items: T[]; next?: string}>(path, {limit: 1000, cursor}, signal);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < most);
  return items;
}
