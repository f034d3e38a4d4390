import {Problem} from '../../api/client';

/** Whether this server runs jobs: its contract names the operation. Asked once. */
let offered: Promise<boolean> | null = null;

export function offersJobs(signal: AbortSignal): Promise<boolean> {
  offered ??= fetch('/api/v1/openapi.yaml', {signal})
    .then(async (answer) => answer.ok && /^ {2}\/api\/v1\/jobs:/m.test(await answer.text()))
    .catch((error: unknown) => {
      offered = null;
      if (signal.aborted) throw error;
      throw new Problem(0, 'No answer', 'The server does not answer.', '', null);
    });
  return offered;
}

/** A job as the queue shows it; servers of any version may leave out what is optional. */
export interface Job {
  jobID: string;
  tenantID?: string;
  name?: string;
  state?: string;
  status?: string;
  submitted?: string;
  started?: string | null;
  ended?: string | null;
  userID?: string;
  reason?: string | null;
  detail?: string | null;
}

export interface JobList {
  items: Job[];
  next?: string;
}
