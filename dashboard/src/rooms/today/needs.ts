import {get, Problem, segment} from '../../api/client';
import type {
  Answer,
  Company,
  CompanyList,
  Notification,
  NotificationList,
  Summary,
} from '../../api/types';

/** How many companies of each kind are shown. */
export const SHOWN = 5;
const FAILING_SHARE = 0.2;
const FAILING_JOBS_LEAST = 5;
const IDLE_SHARE = 0.5; // as the summary and the rule idle_after_login have it
const PAGE = 1000;
const PAGES_MOST = 20;

/** A company that does little after logging in, as question 2 has it. */
export interface Idle {
  tenantID: string;
  name?: unknown;
  sessions: number;
  idle: number;
}

/** What was raised of a rule and a company, and not taken on yet; or that somebody took it on. */
export interface Raised {
  open: Notification[];
  takenOn: boolean;
}

export interface Found {
  risky: CompanyList;
  failing: Company[];
  idle: Idle[];
  idleTotal: number;
  raised: Map<string, Raised>;
}

export const pairOf = (rule: string, tenantID: string) => `${rule} ${tenantID}`;

const table = (more: Record<string, string | number>, signal: AbortSignal) =>
  get<CompanyList>('/api/v1/companies', {limit: SHOWN, ...more}, signal);

/** Those with most failed batches of whom a fifth and more failed: as many pages of the table as
 * it takes to find them. */
async function failing(signal: AbortSignal): Promise<Company[]> {
  const found: Company[] = [];
  let offset = 0;
  for (let page = 0; page < PAGES_MOST && found.length < SHOWN; page += 1) {
    const limit = page === 0 ? 50 : PAGE;
    const {items} = await table({sort: '-failed30', view: 'brief', limit, offset}, signal);
    found.push(
      ...items.filter(
        (one) => one.ran30 >= FAILING_JOBS_LEAST && one.failed30 / one.ran30 >= FAILING_SHARE,
      ),
    );
    if (items.length < limit || items.at(-1)?.failed30 === 0) break;
    offset += limit;
  }
  return found.slice(0, SHOWN);
}

async function nameOf(tenantID: string, signal: AbortSignal): Promise<unknown> {
  try {
    return (await get<Company>(`/api/v1/companies/${segment(tenantID)}`, {}, signal)).name;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined; // deleted meanwhile
    throw error;
  }
}

/** The first of question 2's answer, in its order. */
async function idle(signal: AbortSignal): Promise<Idle[]> {
  const answer = await get<Answer>('/api/v1/questions/2', {limit: SHOWN}, signal);
  const rows = (answer.answer as Idle[]).filter((one) => one.idle >= IDLE_SHARE * one.sessions);
  const names = await Promise.all(rows.map((one) => nameOf(one.tenantID, signal)));
  return rows.map((one, at) => ({...one, name: names[at]}));
}

/** Reads notifications, newest first, until something was found of every pair, or all were read. */
async function notifications(
  status: 'open' | 'acknowledged',
  pairs: Set<string>,
  signal: AbortSignal,
): Promise<Notification[]> {
  const found: Notification[] = [];
  const missing = new Set(pairs);
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MOST && missing.size > 0; page += 1) {
    const list = await get<NotificationList>(
      '/api/v1/notifications',
      {status, limit: PAGE, cursor},
      signal,
    );
    for (const one of list.items) {
      const pair = pairOf(one.rule, one.tenantID);
      if (!pairs.has(pair)) continue;
      missing.delete(pair);
      found.push(one);
    }
    cursor = list.next;
    if (!cursor) break;
  }
  return found;
}

async function raised(pairs: string[], signal: AbortSignal): Promise<Map<string, Raised>> {
  const known = new Map<string, Raised>(pairs.map((pair) => [pair, {open: [], takenOn: false}]));
  for (const one of await notifications('open', new Set(pairs), signal)) {
    known.get(pairOf(one.rule, one.tenantID))?.open.push(one);
  }
  const rest = new Set(pairs.filter((pair) => known.get(pair)?.open.length === 0));
  for (const one of await notifications('acknowledged', rest, signal)) {
    known.set(pairOf(one.rule, one.tenantID), {open: [], takenOn: true});
  }
  return known;
}

/** What needs somebody; of what was raised only where the reader may take it on. */
export async function needs(mayTakeOn: boolean, signal: AbortSignal): Promise<Found> {
  const [risky, failed, idlers, summary] = await Promise.all([
    table({risk: 'high', sort: '-monthlyFee', view: 'full'}, signal),
    failing(signal),
    idle(signal),
    get<Summary>('/api/v1/summary', {}, signal),
  ]);
  const pairs = [
    ...risky.items.map((one) => pairOf('at_risk', one.tenantID)),
    ...idlers.map((one) => pairOf('idle_after_login', one.tenantID)),
  ];
  return {
    risky,
    failing: failed,
    idle: idlers,
    idleTotal: summary.idleTenants,
    raised: mayTakeOn ? await raised(pairs, signal) : new Map(),
  };
}
