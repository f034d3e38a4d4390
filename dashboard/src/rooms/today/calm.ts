import {exact, plural} from '../../format/format';

/** From how many sessions and batches in 30 days on somebody is judged by them. */
export const SESSIONS_LEAST = 3; // as the rule idle_after_login has it
export const BATCHES_LEAST = 5;

export interface Judged {
  own: boolean; // a tenant's own people ask
  unknown: number; // customers whose risk is not known
  sessions: number; // in 30 days
  ran: number; // batches, in 30 days
}

function few(n: number, one: string, many: string, least: number, of: string): string {
  const there = n === 0 ? `no ${many}` : plural(n, one, many, exact);
  return `${there} ${n === 1 ? 'is' : 'are'} too few to tell ${of} (it takes ${least})`;
}

/** Why nothing needs the reader: what was looked at, and from how many on. */
export function calm({own, unknown, sessions, ran}: Judged): string {
  if (!own) {
    const risk = unknown ? '' : 'nobody is at high risk, ';
    return (
      `${risk}in 30 days nobody with ${SESSIONS_LEAST} sessions or more idled in half of them, ` +
      `and nobody with ${BATCHES_LEAST} batches or more had a fifth of them fail`
    );
  }
  const idling =
    sessions < SESSIONS_LEAST
      ? few(sessions, 'session', 'sessions', SESSIONS_LEAST, 'who idles')
      : `fewer than half of your ${exact(sessions)} sessions did nothing`;
  const failing =
    ran < BATCHES_LEAST
      ? few(ran, 'batch', 'batches', BATCHES_LEAST, 'whether many fail')
      : `less than a fifth of your ${exact(ran)} batches failed`;
  return `in 30 days, ${idling}, and ${failing}`;
}
