import type {Job, JobStatus, JobStep} from '../api/types';
import {between} from './format';

export const JOB_STATUSES: JobStatus[] = ['queued', 'running', 'succeeded', 'failed', 'cancelled'];

export function hasEnded(job: {status: JobStatus}): boolean {
  return job.status !== 'queued' && job.status !== 'running';
}

/**
 * How many milliseconds a job or a step ran, until now where it still does; null before. A job that
 * was resumed ran as long as its runs together, without what lay between them.
 */
export function ran(one: Job | JobStep, now: number): number | null {
  if (!one.started) return null;
  if ('durationSeconds' in one) {
    const before = one.durationSeconds * 1000;
    return one.begun && !one.finished ? before + Math.max(0, now - Date.parse(one.begun)) : before;
  }
  if (one.finished) return between(one.started, one.finished);
  return one.status === 'running' ? Math.max(0, now - Date.parse(one.started)) : null;
}

/** How many milliseconds a job waited, until now where it still does. */
export function waited(job: Job, now: number): number {
  const until = job.started ?? job.finished;
  return Math.max(0, (until ? Date.parse(until) : now) - Date.parse(job.created));
}

export function stepsDone(job: Job): number {
  return job.steps.filter((step) => step.status === 'succeeded').length;
}
