import {untrack} from 'svelte';
import {get, Problem, type Parameters} from '../../api/client';
import {live} from '../../api/live.svelte';
import type {Company, CompanyList} from '../../api/types';

const PAGE = 100;
const PAGES_KEPT = 60;
const SETTLE_MILLISECONDS = 40; // while somebody scrolls

/** The rows of a table of any length: only the parts that are looked at are read. */
export class Rows {
  total = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Grows when rows came: what to draw is asked anew. */
  version = $state(0);

  #pages = new Map<number, Company[]>();
  #reading = new Set<number>();
  #stale = new Set<number>();
  #query: Parameters = {};
  #generation = 0;
  #first = 0;
  #last = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `query` gives filters and order; another one is another table. */
  constructor(query: () => Parameters) {
    $effect(() => {
      const next = query();
      untrack(() => this.#begin(next));
    });
    $effect(() => {
      if (live.version === 0) return;
      untrack(() => this.refresh());
    });
  }

  #begin(query: Parameters): void {
    this.#query = query;
    this.#generation += 1;
    this.#pages.clear();
    this.#reading.clear();
    this.#stale.clear();
    this.total = null;
    this.#first = 0;
    this.#last = 0;
    this.version += 1;
    void this.#read(0);
  }

  /** Reads again what is looked at; the rest when it is. */
  refresh(): void {
    for (const page of this.#pages.keys()) this.#stale.add(page);
    this.look(this.#first, this.#last);
  }

  at(row: number): Company | undefined {
    return this.#pages.get(Math.floor(row / PAGE))?.[row % PAGE];
  }

  /** Somebody looks at these rows. */
  look(first: number, last: number): void {
    this.#first = first;
    this.#last = last;
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const end = Math.floor(Math.max(this.#last, 0) / PAGE);
      for (let page = Math.floor(this.#first / PAGE); page <= end; page += 1) {
        if (!this.#pages.has(page) || this.#stale.has(page)) void this.#read(page);
      }
    }, SETTLE_MILLISECONDS);
  }

  async #read(page: number): Promise<void> {
    if (this.#reading.has(page)) return;
    this.#reading.add(page);
    const generation = this.#generation;
    try {
      const answer = await get<CompanyList>('/api/v1/companies', {
        ...this.#query,
        view: 'brief',
        limit: PAGE,
        offset: page * PAGE,
      });
      if (generation !== this.#generation) return;
      this.#pages.delete(page);
      this.#pages.set(page, answer.items);
      this.#stale.delete(page);
      this.total = answer.total ?? answer.items.length;
      this.problem = null;
      for (const old of this.#pages.keys()) {
        if (this.#pages.size <= PAGES_KEPT) break;
        this.#pages.delete(old);
      }
      this.version += 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (generation === this.#generation) this.problem = error;
    } finally {
      if (generation === this.#generation) this.#reading.delete(page);
    }
  }
}
