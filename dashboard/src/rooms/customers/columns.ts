import type {Company} from '../../api/types';
import {bytes, count, exact, millions, money, number, text, time} from '../../format/format';
import {riskWord} from '../../format/risk';
import type {CellValue} from '../../format/csv';

export interface Column {
  key: string;
  title: string;
  sort: string;
  right: boolean;
  width: number;
  show: (company: Company) => string;
  exact?: (company: Company) => string;
  file: (company: Company) => CellValue;
}

type Counted =
  | 'users' | 'activeUsers30' | 'logins30' | 'idleSessions30' | 'job30' | 'job90' | 'ran30'
  | 'failed30' | 'dataSets';

function counted(key: Counted, title: string): Column {
  return {
    key,
    title,
    sort: key,
    right: true,
    width: key === 'users' ? 76 : 92,
    show: (company) => count(company[key]),
    exact: (company) => exact(company[key]),
    file: (company) => company[key],
  };
}

function amount(
  key: 'monthlyFee' | 'totalFee' | 'revenue' | 'employees',
  title: string,
  show: (value: number | null) => string,
): Column {
  return {
    key,
    title,
    sort: key,
    right: true,
    width: 104,
    show: (company) => show(number(company[key])),
    exact: (company) => (number(company[key]) === null ? 'not known' : exact(number(company[key]))),
    file: (company) => number(company[key]),
  };
}

function told(key: 'industry' | 'plan', title: string): Column {
  return {
    key,
    title,
    sort: key,
    right: false,
    width: 104,
    show: (company) => text(company[key]) || '–',
    file: (company) => text(company[key]),
  };
}

/** All columns of the table but the company's name, in their order. */
export const COLUMNS: Column[] = [
  {
    key: 'score',
    title: 'Risk',
    sort: 'score',
    right: false,
    width: 118,
    show: (company) => riskWord(company.risk),
    file: (company) => company.risk.score,
  },
  told('industry', 'Industry'),
  told('plan', 'Plan'),
  amount('monthlyFee', 'Monthly fee', money),
  amount('totalFee', 'Total fee', money),
  amount('revenue', 'Own revenue', millions),
  amount('employees', 'Employees', count),
  counted('users', 'Users'),
  counted('activeUsers30', 'Active, 30 d'),
  counted('logins30', 'Logins, 30 d'),
  counted('idleSessions30', 'Idle, 30 d'),
  counted('job30', 'Jobs, 30 d'),
  counted('job90', 'Jobs, 90 d'),
  counted('ran30', 'Run, 30 d'),
  counted('failed30', 'Failed, 30 d'),
  counted('dataSets', 'Data sets'),
  {
    key: 'dataBytes',
    title: 'Data',
    sort: 'dataBytes',
    right: true,
    width: 88,
    show: (company) => bytes(company.dataBytes),
    exact: (company) => `${exact(company.dataBytes)} B`,
    file: (company) => company.dataBytes,
  },
  {
    key: 'lastActivity',
    title: 'Last activity',
    sort: 'lastActivity',
    right: true,
    width: 164,
    show: (company) => (company.lastActivity ? time(company.lastActivity) : 'never'),
    exact: (company) => company.lastActivity ?? 'never',
    file: (company) => company.lastActivity,
  },
];

export const FIRST_COLUMNS = [
  'score', 'industry', 'monthlyFee', 'totalFee', 'users', 'job30', 'job90', 'dataBytes',
  'lastActivity',
];
export const MIDDLE_COLUMNS = ['score', 'monthlyFee', 'job90', 'dataBytes', 'lastActivity'];
export const NARROW_COLUMNS = ['score', 'monthlyFee'];
