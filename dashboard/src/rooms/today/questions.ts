import {segment} from '../../api/client';
import type {History, Summary} from '../../api/types';
import {bytes, count, exact, percent, plural} from '../../format/format';

export interface Change {
  text: string;
  direction: 'up' | 'down' | 'flat';
  good: boolean | null; // null: neither
}

export interface Card {
  number: number;
  question: string;
  value: string;
  unit: string;
  exact: string;
  detail: string;
  line: number[] | null; // null: not known yet
  lineLabel: string;
  change: Change | null;
  href: string;
  link: string;
}

const word = (n: number, one: string, many = `${one}s`) => (n === 1 ? one : many);

type More = 'good' | 'bad' | 'neither';

function change(
  now: number,
  then: number | undefined,
  more: More,
  show: (value: number) => string = count,
): Change | null {
  if (then === undefined) return null;
  const difference = now - then;
  if (difference === 0) return {text: 'as 30 days before', direction: 'flat', good: null};
  const direction = difference > 0 ? 'up' : 'down';
  const good = more === 'neither' ? null : (direction === 'up') === (more === 'good');
  const sign = difference > 0 ? '+' : '−';
  // A share says nothing where there was nothing, or little.
  const text =
    then >= 20 && Math.abs(difference) < 10 * then
      ? `${sign}${percent(Math.abs(difference) / then)}`
      : `${sign}${show(Math.abs(difference))}`;
  return {text, direction, good};
}

/** The five questions as a tenant's own people ask them, over their tenant alone. */
function ofOwn(now: Summary, then: Summary | null, past: History | null, use: string): Card[] {
  const month = now.days.slice(-30);
  const days = past?.days.slice(-30) ?? null;
  const did = now.activity;
  const active = (of: Summary | null) => of?.days.slice(-30).filter((day) => day.jobs > 0).length;
  return [
    {
      number: 1,
      question: 'How often do we log in, work on data and then submit jobs?',
      value: count(did.logins),
      unit: `${word(did.logins, 'login')} in 30 days`,
      exact: plural(did.logins, 'login', 'logins', exact),
      detail: `${plural(did.sessions, 'session')}, ${count(did.dataThenJob)} from data to a job`,
      line: month.map((day) => day.logins ?? 0),
      lineLabel: 'Logins per day, last 30 days',
      change: change(did.logins, then?.activity.logins, 'good'),
      href: use,
      link: 'Use',
    },
    {
      number: 2,
      question: 'How often do we do little after logging in?',
      value: count(did.idle),
      unit: `of ${plural(did.sessions, 'session')} did nothing`,
      exact: plural(did.idle, 'idle session', 'idle sessions', exact),
      detail: `${percent(did.sessions ? did.idle / did.sessions : 0)} of the sessions in 30 days`,
      line: days && days.map((day) => day.idleSessions),
      lineLabel: 'Idle sessions per day, last 30 days',
      change: change(did.idle, then?.activity.idle, 'bad'),
      href: use,
      link: 'Use',
    },
    {
      number: 3,
      question: 'How large are our data sets?',
      value: bytes(now.dataBytes),
      unit: `in ${plural(now.dataSets, 'data set')}`,
      exact: `${exact(now.dataBytes)} B`,
      detail: now.dataSets ? `${bytes(now.dataBytes / now.dataSets)} per data set on average` : '',
      line: days && days.map((day) => day.dataBytes),
      lineLabel: 'Data size at the end of each day, last 30 days',
      change: change(now.dataBytes, then?.dataBytes, 'neither', bytes),
      href: '/data',
      link: 'Data sets',
    },
    {
      number: 4,
      question: 'How many batches run, per day?',
      value: count(now.ran30),
      unit: `${word(now.ran30, 'batch', 'batches')} run in 30 days`,
      exact: plural(now.ran30, 'batch', 'batches', exact),
      detail: `${plural(now.job30, 'job')} submitted · ${count(now.failed30)} failed`,
      line: month.map((day) => day.ran),
      lineLabel: 'Batches run per day, last 30 days',
      change: change(now.ran30, then?.ran30, 'good'),
      href: '/jobs',
      link: 'Jobs',
    },
    {
      number: 5,
      question: 'On how many days did we submit jobs?',
      value: count(active(now)),
      unit: 'of the last 30 days',
      exact: plural(active(now) ?? 0, 'day', 'days', exact),
      detail: `${plural(now.job90, 'job')} submitted in 90 days`,
      line: month.map((day) => day.jobs),
      lineLabel: 'Jobs submitted per day, last 30 days',
      change: change(active(now) ?? 0, active(then), 'good'),
      href: use,
      link: 'Use',
    },
  ];
}

/** The five questions over a summary, the one of 30 days before and the days of the past: the first
 * about everybody, 2 to 5 without deleted customers; of a tenant's own people, theirs. */
export function questions(
  now: Summary,
  then: Summary | null,
  past: History | null,
  tenant: string | undefined,
): Card[] {
  const month = now.days.slice(-30);
  const days = past?.days.slice(-30) ?? null;
  const did = now.activity;
  if (tenant !== undefined) return ofOwn(now, then, past, `/customers/${segment(tenant)}`);
  return [
    {
      number: 1,
      question:
        'How often do tenants register, and users log in, work on the data lake and then ' +
        'submit jobs?',
      value: count(did.logins),
      unit: `${word(did.logins, 'login')} in 30 days`,
      exact: plural(did.logins, 'login', 'logins', exact),
      detail:
        `${plural(did.registrations, 'registration')} · ${plural(did.sessions, 'session')}, ` +
        `${count(did.dataThenJob)} from data to a job`,
      line: month.map((day) => day.logins ?? 0),
      lineLabel: 'Logins per day, last 30 days, deleted customers too',
      change: change(did.logins, then?.activity.logins, 'good'),
      href: '/customers#sort=-logins30',
      link: 'Customers by logins',
    },
    {
      number: 2,
      question: 'Which customers do little after logging in?',
      value: count(now.idleTenants),
      unit: `of ${plural(now.tenants, 'customer')}`,
      exact: plural(now.idleTenants, 'customer', 'customers', exact),
      detail:
        `${count(now.idleSessions30)} of ${plural(now.sessions30, 'session')} did nothing ` +
        `(${percent(now.sessions30 ? now.idleSessions30 / now.sessions30 : 0)})`,
      line: days && days.map((day) => day.idleSessions),
      lineLabel: 'Idle sessions per day, last 30 days',
      change: change(now.idleTenants, then?.idleTenants, 'bad'),
      href: '/customers#sort=-idleSessions30',
      link: 'Customers by idle sessions',
    },
    {
      number: 3,
      question: "How large is each customer's data set?",
      value: bytes(now.dataBytes),
      unit: `in ${plural(now.dataSets, 'data set')}`,
      exact: `${exact(now.dataBytes)} B`,
      detail: now.tenants ? `${bytes(now.dataBytes / now.tenants)} per customer on average` : '',
      line: days && days.map((day) => day.dataBytes),
      lineLabel: 'Data size at the end of each day, last 30 days',
      change: change(now.dataBytes, then?.dataBytes, 'neither', bytes),
      href: '/customers#sort=-dataBytes',
      link: 'Customers by data size',
    },
    {
      number: 4,
      question: 'How many batches run, per customer and per day?',
      value: count(now.ran30),
      unit: `${word(now.ran30, 'batch', 'batches')} run in 30 days`,
      exact: plural(now.ran30, 'batch', 'batches', exact),
      detail: `${plural(now.job30, 'job')} submitted · ${count(now.failed30)} failed`,
      line: month.map((day) => day.ran),
      lineLabel: 'Batches run per day, last 30 days',
      change: change(now.ran30, then?.ran30, 'good'),
      href: '/jobs',
      link: 'Jobs',
    },
    {
      number: 5,
      question: 'Which customers do the very minimum?',
      value: count(now.quietTenants),
      unit: 'without a job in 30 days',
      exact: plural(now.quietTenants, 'customer', 'customers', exact),
      detail: `${plural(now.tenants - now.quietTenants, 'customer')} submitted jobs`,
      line: month.map((day) => day.tenantsWithJobs),
      lineLabel: 'Customers that submit jobs, per day, last 30 days',
      change: change(now.quietTenants, then?.quietTenants, 'bad'),
      href: '/customers#sort=job90',
      link: 'Least jobs first',
    },
  ];
}
