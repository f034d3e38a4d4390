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

type More = 'good' | 'bad' | 'neither';

function change(
  now: number,
  then: number | undefined,
  more: More,
  show: (value: number) => string = count,
): Change | null {
  if (then === undefined) return null;
  const difference = now - then;
  if (difference === 0) return {text: 'unchanged', direction: 'flat', good: null};
  const direction = difference > 0 ? 'up' : 'down';
  const good = more === 'neither' ? null : (direction === 'up') === (more === 'good');
  const sign = difference > 0 ? '+' : '−';
  // A share says nothing where there was nothing, or little.
  const text =
    then >= 20
      ? `${sign}${percent(Math.abs(difference) / then)}`
      : `${sign}${show(Math.abs(difference))}`;
  return {text, direction, good};
}

/** The five questions over a summary, the one of 30 days before and the days of the past: the first
 * about everybody, 2 to 5 without deleted customers. */
export function questions(
  now: Summary,
  then: Summary | null,
  past: History | null,
  tenant: string | undefined,
): Card[] {
  const month = now.days.slice(-30);
  const days = past?.days.slice(-30) ?? null;
  const did = now.activity;
  const sheet = (address: string) => (tenant ? `/customers/${segment(tenant)}` : address);
  return [
    {
      number: 1,
      question:
        'How often do tenants register, and users log in, work on the data lake and then ' +
        'submit jobs?',
      value: count(did.logins),
      unit: 'logins in 30 days',
      exact: `${exact(did.logins)} logins`,
      detail:
        `${plural(did.registrations, 'registration')} · ${plural(did.sessions, 'session')}, ` +
        `${count(did.dataThenJob)} from data to a job`,
      line: month.map((day) => day.logins ?? 0),
      lineLabel: `Logins per day, last 30 days${tenant ? '' : ', deleted customers too'}`,
      change: change(did.logins, then?.activity.logins, 'good'),
      href: sheet('/customers#sort=-logins30'),
      link: tenant ? 'Use' : 'Customers by logins',
    },
    {
      number: 2,
      question: 'Which customers do little after logging in?',
      value: count(now.idleTenants),
      unit: `of ${plural(now.tenants, 'customer')}`,
      exact: `${exact(now.idleTenants)} customers`,
      detail:
        `${count(now.idleSessions30)} of ${plural(now.sessions30, 'session')} did nothing ` +
        `(${percent(now.sessions30 ? now.idleSessions30 / now.sessions30 : 0)})`,
      line: days && days.map((day) => day.idleSessions),
      lineLabel: 'Idle sessions per day, last 30 days',
      change: change(now.idleTenants, then?.idleTenants, 'bad'),
      href: sheet('/customers#sort=-idleSessions30'),
      link: tenant ? 'Use' : 'Customers by idle sessions',
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
      href: tenant ? '/data' : '/customers#sort=-dataBytes',
      link: tenant ? 'Data sets' : 'Customers by data size',
    },
    {
      number: 4,
      question: 'How many batches run, per customer and per day?',
      value: count(now.ran30),
      unit: 'batches run in 30 days',
      exact: `${exact(now.ran30)} batches`,
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
      exact: `${exact(now.quietTenants)} customers`,
      detail: `${plural(now.tenants - now.quietTenants, 'customer')} submitted jobs`,
      line: month.map((day) => day.tenantsWithJobs),
      lineLabel: 'Customers that submit jobs, per day, last 30 days',
      change: change(now.quietTenants, then?.quietTenants, 'bad'),
      href: sheet('/customers#sort=job90'),
      link: tenant ? 'Use' : 'Least jobs first',
    },
  ];
}
