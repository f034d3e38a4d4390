import {listeners, Problem, send} from './client';
import type {Role, Session} from './types';

/** Who is signed in. The token is in a cookie that scripts can't read; a mark in the browser's
 * storage only saves asking when nobody is. */
const MARK = 'tenantry.signedIn';

function mark(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(MARK, '1');
    else localStorage.removeItem(MARK);
  } catch {
    // Storage is switched off: then we ask each time.
  }
}

function isMarked(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return true;
  }
}

class SessionState {
  who = $state<Session | null>(null);
  /** Whether it is known yet who is signed in. */
  known = $state(false);
  /** Set when a session ended by itself. */
  ended = $state(false);
  /** Why it could not be found out; tried again by whoever shows it. */
  trouble = $state<Problem | null>(null);

  get tenant(): string | undefined {
    return this.who?.tenantID;
  }

  get isOperator(): boolean {
    return this.who !== null && !this.who.tenantID;
  }

  has(...roles: Role[]): boolean {
    return this.who !== null && roles.includes(this.who.role);
  }

  async look(): Promise<void> {
    this.trouble = null;
    if (!isMarked()) {
      this.known = true;
      return;
    }
    try {
      this.who = await send<Session>('GET', '/api/v1/sessions/current');
      this.known = true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status !== 401) this.trouble = error;
      else this.known = true;
    }
  }

  async signIn(tenantID: string, userID: string, password: string): Promise<void> {
    await send('POST', '/api/v1/sessions', {
      ...(tenantID ? {tenantID} : {}),
      userID,
      password,
      cookie: true,
    });
    this.who = await send<Session>('GET', '/api/v1/sessions/current');
    this.ended = false;
    mark(true);
  }

  async signOut(): Promise<void> {
    try {
      await send('DELETE', '/api/v1/sessions/current');
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
    }
    this.end(false);
  }

  /** Nobody is signed in any more. */
  end(byItself: boolean): void {
    if (this.who === null) return;
    this.ended = byItself;
    this.who = null;
    mark(false);
  }
}

export const session = new SessionState();
listeners.unauthenticated = () => session.end(true);
