import {get, Problem, segment} from '../../api/client';
import type {JobLog} from '../../api/types';

export type LogLine = JobLog['items'][number];

const PAGE = 1000;
const KEPT_MOST = 5000; // lines that the page holds

/** A job's log, read on from the last line. */
export class FollowedLog {
  lines = $state.raw<LogLine[]>([]);
  ended = $state(false);
  problem = $state.raw<Problem | undefined>(undefined);
  loading = $state(false);
  /** Whether older lines than those kept were let go. */
  cut = $state(false);

  #job: string;
  #last = 0;

  constructor(job: string) {
    this.#job = job;
  }

  /** A job that goes on writes on: what was the end is none. */
  goOn(): void {
    this.ended = false;
  }

  async reload(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    try {
      const address = `/api/v1/jobs/${segment(this.#job)}/logs`;
      const page = await get<JobLog>(address, {after: this.#last, limit: PAGE});
      this.#last = page.last;
      this.ended = page.ended;
      this.problem = undefined;
      if (page.items.length > 0) {
        const all = [...this.lines, ...page.items];
        if (all.length > KEPT_MOST) this.cut = true;
        this.lines = all.slice(-KEPT_MOST);
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      this.loading = false;
    }
  }
}
