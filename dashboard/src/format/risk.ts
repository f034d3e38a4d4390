import type {Company, Risk} from '../api/types';
import {exact, text} from './format';

export type RiskWord = 'high' | 'watch' | 'low' | 'unknown';

/** From here on a score is to be watched, as the server has it. */
const WATCH_FROM = 0.3;

export const RISK_WORDS: RiskWord[] = ['high', 'watch', 'low', 'unknown'];

export function riskWord(risk: Risk | undefined): RiskWord {
  if (!risk || risk.score === null || risk.score === undefined) return 'unknown';
  if (risk.churn) return 'high';
  return risk.score >= WATCH_FROM ? 'watch' : 'low';
}

/** Why a risk is not known, or not of now; empty when it is. */
export function riskDoubt(company: Company): string {
  const risk = company.risk;
  if (risk.status === 'stale') {
    return 'The scorer did not answer since: this is the last score that it gave.';
  }
  if (riskWord(risk) !== 'unknown') return '';
  return risk.model
    ? 'The model gave no score for this company.'
    : 'There is no churn model yet, or it has not scored this company: tenantry train, then ' +
        'tenantry models promote.';
}

const FEATURES: Record<string, string> = {
  activeUsers30: 'Active users, 30 days',
  dataBytes: 'Data size, bytes',
  dataEvents30: 'Data events, 30 days',
  dataSets: 'Data sets',
  daysRegistered: 'Days since registration',
  daysSinceLastActivity: 'Days since last activity',
  employees: 'Employees',
  failed30: 'Jobs failed, 30 days',
  failedShare30: 'Share of jobs failed',
  idleSessions30: 'Idle sessions, 30 days',
  idleShare30: 'Share of idle sessions',
  industry: 'Industry',
  job30: 'Jobs submitted, 30 days',
  job90: 'Jobs submitted, 90 days',
  jobTrend: 'Job trend (1 is steady)',
  logins30: 'Logins, 30 days',
  loginsPerUser30: 'Logins per user, 30 days',
  monthlyFee: 'Monthly fee',
  plan: 'Plan',
  ran30: 'Jobs run, 30 days',
  revenue: 'Own revenue, $ M',
  sessions30: 'Sessions, 30 days',
  sessionsWithData30: 'Sessions with data, 30 days',
  sessionsWithJobs30: 'Sessions with jobs, 30 days',
  totalFee: 'Total fee',
  tutorials: 'Tutorials done',
  users: 'Users',
};

/** A model's feature in words; its own name where we have none. */
export function featureName(feature: string): string {
  return FEATURES[feature] ?? feature;
}

/** A feature's value: counts are whole, of others three digits matter. */
export function featureValue(value: unknown): string {
  const number = Number(value);
  const said = text(value);
  if (said === '' || !Number.isFinite(number)) return said || 'unknown';
  return exact(Number.isInteger(number) ? number : Number(number.toPrecision(3)));
}
