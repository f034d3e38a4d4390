import {listeners, Problem, send} from './client';
import {forget} from './drafts';
import type {Role, Session} from './types';

/** Who is signed in. The token is in a cookie that scripts can't read; a mark in the browser's
 * storage saves asking when nobody is, and its change tells the other tabs. Who left while the
 * server could not be told has left a word instead: the cookie may still be good. */
const MARK = 'tenantry.signedIn';
const LEFT = 'left';
const CURRENT = '/api/v1/sessions/current';

function mark(as: 'in' | 'out' | 'left'): void {
  try {
    const afresh = `${Date.now()}-${Math.random()}`; // never as before
    if (as === 'in') localStorage.setItem(MARK, afresh);
    else if (as === 'left') localStorage.setItem(MARK, LEFT);
    else localStorage.removeItem(MARK);
  } catch {
    // Storage is switched off: then we ask each time.
  }
}

/** What stands there; `otherwise` where storage is switched off. */
function marked(otherwise: string | null): string | null {
  try {
    return localStorage.getItem(MARK);
  } catch {
    return otherwise;
  }
}

/** `otherwise`: where storage is switched off. */
function isMarked(otherwise = true): boolean {
  const now = marked(otherwise ? 'in' : null);
  return now !== null && now !== LEFT;
}

function hasLeft(): boolean {
  return marked(null) === LEFT;
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
  #asking: Promise<void> | null = null;

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
    if (hasLeft()) await this.#leave();
    if (!isMarked()) {
      this.known = true;
      return;
    }
    try {
      this.#enter(await send<Session>('GET', CURRENT));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status !== 401) this.trouble = error;
      else {
        this.ended = isMarked(false); // by itself: who signs out is not marked any more
        mark('out');
        this.known = true;
      }
    }
  }

  /** Asks again who is signed in: another tab, or the server, may have changed it. Without an
   * answer within `milliseconds` nothing is known to have changed. */
  again(milliseconds = 10_000): Promise<void> {
    if (this.who === null) return Promise.resolve();
    this.#asking ??= this.#askAgain(milliseconds).finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #askAgain(milliseconds: number): Promise<void> {
    const late = AbortSignal.timeout(milliseconds);
    try {
      const now = await send<Session>('GET', CURRENT, undefined, late);
      if (this.who === null) return;
      if (nameOf(now) !== nameOf(this.who)) return this.#startAfresh();
      if (now.role !== this.who.role) this.who = now;
      if (hasLeft()) this.end(false); // by another tab, which the server did not hear
      else if (!isMarked()) mark('in'); // another tab took our session for ended
    } catch (error) {
      // 401 has ended it; where no answer comes, the stream tells.
      if (!(error instanceof Problem) && !late.aborted) throw error;
    }
  }

  async signIn(tenantID: string, userID: string, password: string): Promise<void> {
    await send('POST', '/api/v1/sessions', {
      ...(tenantID ? {tenantID} : {}),
      userID,
      password,
      cookie: true,
    });
    const who = await send<Session>('GET', CURRENT);
    mark('in');
    this.#enter(who);
  }

  /** Ends the session; where the server can't be told, on this side at least. */
  async signOut(): Promise<void> {
    const unheard = await this.#leave();
    forget();
    if (!unheard) return this.#startAfresh();
    this.who = null; // and no page is read anew from a server that may be gone
    this.unheard = unheard;
    history.replaceState(null, '', '/');
    window.dispatchEvent(new PopStateEvent('popstate'));
  }

  /** Ends the session on the server; why it could not be told. */
  async #leave(): Promise<Problem | null> {
    try {
      await send('DELETE', CURRENT);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status !== 401) {
        mark('left');
        return error;
      }
    }
    mark('out');
    return null;
  }

  /** Nobody is signed in any more. */
  end(byItself: boolean): void {
    if (this.who === null) return;
    this.ended = byItself;
    this.who = null;
    if (!hasLeft()) mark('out');
  }

  #enter(who: Session): void {
    const name = nameOf(who);
    forget(name);
    if (this.#last !== '' && this.#last !== name) return this.#startAfresh();
    this.#last = name;
    this.who = who;
    this.ended = false;
    this.unheard = null;
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
    if (event.key !== MARK) return;
    if (event.newValue === LEFT) return this.end(false);
    if (event.newValue === null) return void this.again();
    this.who = null;
    this.known = false;
    void this.look();
  }
}

export const session = new SessionState();
listeners.unauthenticated = () => session.end(true);
