import {listeners, noAnswer, Problem, send} from './client';
import {forget} from './drafts';
import type {Role, Session} from './types';

/** Who is signed in. The token is in a cookie that scripts can't read; a mark in the browser's
 * storage saves asking when nobody is, and its change tells the other tabs. Who leaves is marked as
 * having left until the server has heard of it, since the cookie is good until then. Where storage
 * is switched off the mark is unknown: then the server is asked each time, and a sign-out that it
 * did not hear is forgotten with the page. */
type Mark = 'in' | 'out' | 'left' | 'unknown';
const KEY = 'tenantry.signedIn';
const LEFT = 'left';
const CURRENT = '/api/v1/sessions/current';
const LEAVE_MILLISECONDS = 5_000;
const TELL_AGAIN_MILLISECONDS = 30_000;

function mark(as: 'in' | 'out' | 'left'): void {
  try {
    const afresh = `${Date.now()}-${Math.random()}`; // never as before
    if (as === 'out') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, as === 'in' ? afresh : LEFT);
  } catch {
    // Storage is switched off.
  }
}

function marked(): Mark {
  try {
    const value = localStorage.getItem(KEY);
    return value === null ? 'out' : value === LEFT ? 'left' : 'in';
  } catch {
    return 'unknown';
  }
}

/** Somebody, as nobody else is. */
function nameOf(who: Session): string {
  return JSON.stringify([who.tenantID ?? '', who.userID ?? who.keyID ?? '']);
}

class SessionState {
  who = $state<Session | null>(null);
  /** Whether it is known yet who is signed in. */
  known = $state(false);
  /** Set when a session ended by itself. */
  ended = $state(false);
  /** What kept the server from hearing that somebody signed out here. */
  unheard = $state.raw<Problem | null>(null);
  /** Why it could not be found out; tried again by whoever shows it. */
  trouble = $state<Problem | null>(null);

  #last = ''; // who was signed in last
  #left = false; // from here, and the server has not heard of it
  #asking: Promise<void> | null = null;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    window.addEventListener('storage', (event) => this.#heard(event));
    window.addEventListener('focus', () => void this.again());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void this.again();
    });
    window.addEventListener('pageshow', (event) => {
      if (event.persisted) location.reload(); // as it was left, whoever was signed in then
    });
  }

  get tenant(): string | undefined {
    return this.who?.tenantID;
  }

  get isOperator(): boolean {
    return this.who !== null && !this.who.tenantID;
  }

  /** Whom drafts belong to; empty while nobody is signed in. */
  get owner(): string {
    return this.who ? nameOf(this.who) : '';
  }

  has(...roles: Role[]): boolean {
    return this.who !== null && roles.includes(this.who.role);
  }

  async look(): Promise<void> {
    this.trouble = null;
    if (marked() === 'left') await this.#tellAgain();
    if (marked() === 'out' || marked() === 'left') {
      this.known = true;
      return;
    }
    try {
      const who = await send<Session>('GET', CURRENT);
      if (marked() === 'left') this.known = true; // meanwhile, by another tab
      else this.#enter(who);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status !== 401) this.trouble = error;
      else {
        this.ended = marked() === 'in'; // by itself: who signs out is not marked any more
        mark('out');
        this.known = true;
      }
    }
  }

  /** Asks again who is signed in: another tab, or the server, may have changed it. Without an
   * answer within `milliseconds` nothing is known to have changed. After somebody left whom the
   * server did not hear, it is told again. */
  again(milliseconds = 10_000): Promise<void> {
    const tells = this.known && this.#isToTell();
    if (this.who === null && !tells) return Promise.resolve();
    const asks = () => (this.who === null ? this.#tellAgain() : this.#askAgain(milliseconds));
    this.#asking ??= asks().finally(() => (this.#asking = null));
    return this.#asking;
  }

  #isToTell(): boolean {
    return this.who === null && (marked() === 'left' || this.#left);
  }

  async #tellAgain(): Promise<void> {
    const unheard = await this.#leave();
    this.unheard = this.#isToTell() ? unheard : null; // somebody may have signed in meanwhile
  }

  async #askAgain(milliseconds: number): Promise<void> {
    const late = AbortSignal.timeout(milliseconds);
    try {
      const now = await send<Session>('GET', CURRENT, undefined, late);
      if (this.who === null) return;
      if (nameOf(now) !== nameOf(this.who)) return this.#startAfresh();
      if (now.role !== this.who.role) this.who = now;
      if (marked() === 'out') mark('in'); // another tab took our session for ended
      if (marked() !== 'left') return;
      this.end(true); // by another tab, which the server did not hear
      await this.#tellAgain();
    } catch (error) {
      // 401 has ended it; where no answer comes, the stream tells.
      if (!(error instanceof Problem) && !late.aborted) throw error;
    }
  }

  /** Whoever left before is told of first: afterwards the cookie is another's. */
  async signIn(tenantID: string, userID: string, password: string): Promise<void> {
    if (this.#isToTell()) await this.again();
    await send('POST', '/api/v1/sessions', {
      ...(tenantID ? {tenantID} : {}),
      userID,
      password,
      cookie: true,
    });
    mark('in');
    try {
      this.#enter(await send<Session>('GET', CURRENT));
    } catch (error) {
      mark('out'); // a browser that refuses the cookie, for one
      throw error;
    }
  }

  /** Ends the session; where the server can't be told, on this side at least. */
  async signOut(): Promise<void> {
    this.who = null;
    this.known = false;
    forget();
    this.unheard = await this.#leave();
    if (!this.unheard) return this.#startAfresh();
    this.known = true; // and no page is read anew from a server that may be gone
    history.replaceState(null, '', '/');
    window.dispatchEvent(new PopStateEvent('popstate'));
  }

  /** Ends the session on the server; why it could not be told, which is tried again then. */
  async #leave(): Promise<Problem | null> {
    mark('left');
    this.#left = true;
    clearTimeout(this.#later);
    const late = AbortSignal.timeout(LEAVE_MILLISECONDS);
    try {
      await send('DELETE', CURRENT, undefined, late);
    } catch (error) {
      const problem = late.aborted ? noAnswer() : error;
      if (!(problem instanceof Problem)) throw error;
      if (problem.status !== 401) {
        this.#later = setTimeout(() => void this.again(), TELL_AGAIN_MILLISECONDS);
        return problem;
      }
    }
    if (marked() === 'left') mark('out');
    this.#left = false;
    return null;
  }

  /** Nobody is signed in any more. */
  end(byItself: boolean): void {
    if (this.who === null) return;
    this.ended = byItself;
    this.who = null;
    if (marked() !== 'left') mark('out');
  }

  #enter(who: Session): void {
    const name = nameOf(who);
    forget(name);
    if (this.#last !== '' && this.#last !== name) return this.#startAfresh();
    this.#last = name;
    this.who = who;
    this.ended = false;
    this.unheard = null;
    this.#left = false;
    clearTimeout(this.#later);
    this.known = true;
  }

  /** Somebody else: nothing of the one before stays, neither on the page nor in its address. */
  #startAfresh(): void {
    this.who = null;
    this.known = false;
    location.replace('/');
  }

  /** Another tab signed somebody out, or in: then what is shown goes before that is asked. */
  #heard(event: StorageEvent): void {
    if (event.key !== KEY) return;
    if (event.newValue === LEFT) return this.end(true);
    if (event.newValue === null) {
      this.unheard = null; // by another tab it was
      this.#left = false;
      return void this.again();
    }
    this.who = null;
    this.known = false;
    void this.look();
  }
}

export const session = new SessionState();
listeners.unauthenticated = () => session.end(true);
