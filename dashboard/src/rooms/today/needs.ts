import {get, Problem, segment} from '../../api/client';
import type {
  Answer,
  Company,
  CompanyList,
  Notification,
  NotificationList,
  Summary,
} from '../../api/types';
import {BATCHES_LEAST} from './calm';

/** How many companies of each kind are shown. */
export const SHOWN = 5;
const FAILING_SHARE = 0.2;
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

/** What was raised of a rule and a company and not taken on yet; whether somebody took one on that
 * still holds. */
export interface Raised {
  open: Notification[];
  takenOn: boolean;
}

export interface Found {
  risky: CompanyList;
  failing: Company[];
  idle: Idle[];
  idleTotal: number;
  unknown: number; // customers whose risk is not known
  tenants: number;
  sessions: number; // in 30 days, of all
  ran: number; // batches, in 30 days, of all
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
        (one) => one.ran30 >= BATCHES_LEAST && one.failed30 / one.ran30 >= FAILING_SHARE,
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

/** What was raised of each of these tenants, as far as it is among the newest of a page. */
async function raised(tenants: string[], signal: AbortSignal): Promise<Map<string, Raised>> {
  const known = new Map<string, Raised>();
  const lists = await Promise.all(
    tenants.map((tenant) =>
      get<NotificationList>('/api/v1/notifications', {tenant, limit: PAGE}, signal),
    ),
  );
  for (const one of lists.flatMap((list) => list.items)) {
    const pair = pairOf(one.rule, one.tenantID);
    const found = known.get(pair) ?? {open: [], takenOn: false};
    if (one.status === 'open') found.open.push(one);
    else if (one.status === 'acknowledged') found.takenOn = true;
    known.set(pair, found);
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
  const tenants = new Set([...risky.items, ...idlers].map((one) => one.tenantID));
  return {
    risky,
    failing: failed,
    idle: idlers,
    idleTotal: summary.idleTenants,
    unknown: summary.risk.unknown,
    tenants: summary.tenants,
    sessions: summary.sessions30,
    ran: summary.ran30,
    raised: mayTakeOn ? await raised([...tenants], signal) : new Map(),
  };
}
