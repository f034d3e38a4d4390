import {listeners, problemOf, type Problem} from './client';
import {session} from './session.svelte';

/** How the page knows that numbers changed: server-sent events of enrichedcompanies. */

const SETTLE_MILLISECONDS = 1200; // events that come together move the numbers once
const ANSWER_MILLISECONDS = 5000; // for who is signed in, once the stream broke
const AGAIN_MILLISECONDS = [1000, 2000, 5000, 10_000, 15_000];
// Until a place for a stream is asked for again.
const PLACE_MILLISECONDS = [5000, 10_000, 20_000, 30_000];
const READ_MILLISECONDS = 30_000; // while there is none, figures are read again so often
const STREAM = '/api/v1/streams/enrichedcompanies';

// So long without a key or a pointer the page asks by itself: a session that nobody uses is to time
// out, as the server counts it, and no open page is to keep it.
const ALONE_MILLISECONDS = 15 * 60_000;
const SIGNS_OF_LIFE = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** `apart`: the server answers, but has no place for another stream. */
type State = 'off' | 'connecting' | 'live' | 'apart' | 'lost' | 'paused';

class Live {
  /** Grows whenever what is shown should be read again. */
  version = $state(0);
  state = $state<State>('off');
  /** Why the state is `apart`. */
  refusal = $state.raw<Problem | null>(null);
  /** When the server was last heard of, and the page's clock. */
  heard = $state(Date.now());
  now = $state(Date.now());
  /** A newer build of the page is served. */
  outdated = $state(false);

  #source: EventSource | null = null;
  #settling: ReturnType<typeof setTimeout> | null = null;
  #again: ReturnType<typeof setTimeout> | null = null;
  #tries = 0;
  #tag: string | null = null;
  #wanted = false;
  #opened = false; // since it was wanted
  #touched = Date.now();
  #read = Date.now(); // when figures were last read because nothing tells of their changes

  constructor() {
    setInterval(() => this.#tick(), 1000);
    document.addEventListener('visibilitychange', () => this.#arrange());
    for (const sign of SIGNS_OF_LIFE) {
      window.addEventListener(sign, () => this.#touch(), {passive: true, capture: true});
    }
  }

  /** Whether the page may ask by itself: somebody looks at it. */
  get watched(): boolean {
    return this.state !== 'paused' && document.visibilityState === 'visible';
  }

  #tick(): void {
    this.now = Date.now();
    if (!this.#wanted || this.state === 'paused') return;
    if (this.now - this.#touched < ALONE_MILLISECONDS) {
      if (this.state === 'apart' && this.watched) this.#readAgain(READ_MILLISECONDS);
      return;
    }
    this.#close();
    if (this.#again) clearTimeout(this.#again);
    this.#again = null;
    this.state = 'paused';
  }

  /** Has figures read again, unless they were within `milliseconds`. */
  #readAgain(milliseconds: number): void {
    if (Date.now() - this.#read < milliseconds) return;
    this.#read = Date.now();
    this.version += 1;
  }

  #touch(): void {
    this.#touched = Date.now();
    if (this.state !== 'paused') return;
    this.state = 'connecting';
    this.version += 1;
    this.#open();
  }

  start(): void {
    this.#wanted = true;
    this.#opened = false;
    this.#touched = Date.now();
    this.#arrange();
    void this.#look();
  }

  stop(): void {
    this.#wanted = false;
    this.#close();
    this.state = 'off';
  }

  /** The server did not answer, here or elsewhere in the page. */
  lost(): void {
    if (!this.#wanted || this.state === 'paused') return;
    this.state = 'lost';
    this.#retry();
  }

  answered(): void {
    this.heard = Date.now();
  }

  retryNow(): void {
    this.#tries = 0;
    if (this.#again) clearTimeout(this.#again);
    this.#again = null;
    this.#open();
  }

  /** Nobody looks at a hidden page: its stream is given back meanwhile. */
  #arrange(): void {
    if (!this.#wanted || this.state === 'paused') return;
    if (document.visibilityState === 'hidden') this.#close();
    else if (!this.#source) this.#open();
  }

  #open(): void {
    this.#close();
    if (this.state !== 'lost' && this.state !== 'apart') this.state = 'connecting';
    const source = new EventSource(STREAM);
    this.#source = source;
    source.onopen = () => {
      const away = this.#tries > 0 || this.state === 'lost' || this.state === 'apart';
      this.#tries = 0;
      this.state = 'live';
      this.heard = Date.now();
      if (this.#opened) void this.#cameBack(away);
      this.#opened = true;
    };
    source.onmessage = () => {
      this.heard = Date.now();
      this.#settle();
    };
    source.onerror = () => {
      if (this.#source === source) void this.#broke();
    };
  }

  /** Whose numbers are these by now? Then they are read. */
  async #cameBack(away: boolean): Promise<void> {
    await session.again();
    if (!this.#wanted || !away) return;
    this.version += 1;
    void this.#look();
  }

  /** The browser does not say why the stream ended: the server is gone, or the session, or there
   * are as many streams as may be. */
  async #broke(): Promise<void> {
    this.#close();
    if (this.state === 'live') this.state = 'connecting';
    await session.again(ANSWER_MILLISECONDS);
    const refusal = session.who === null ? null : await this.#refused();
    if (!this.#wanted || this.#source || this.state === 'paused') return;
    if (refusal && this.state !== 'apart') this.#readAgain(0);
    this.state = refusal ? 'apart' : 'lost';
    this.refusal = refusal;
    this.#retry();
  }

  /** Why the server gives no stream; null: it would, or does not answer. */
  async #refused(): Promise<Problem | null> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), ANSWER_MILLISECONDS);
    try {
      const answer = await fetch(STREAM, {credentials: 'same-origin', signal: abort.signal});
      return answer.status === 429 || answer.status === 503 ? await problemOf(answer) : null;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
      abort.abort(); // whatever it is, it is not read
    }
  }

  #close(): void {
    this.#source?.close();
    this.#source = null;
  }

  #retry(): void {
    if (this.#again || !this.#wanted) return;
    const waits = this.state === 'apart' ? PLACE_MILLISECONDS : AGAIN_MILLISECONDS;
    const wait = waits[Math.min(this.#tries, waits.length - 1)];
    this.#tries += 1;
    this.#again = setTimeout(() => {
      this.#again = null;
      if (this.#wanted) this.#open();
    }, wait);
  }

  #settle(): void {
    if (this.#settling) return;
    this.#settling = setTimeout(() => {
      this.#settling = null;
      this.version += 1;
    }, SETTLE_MILLISECONDS);
  }

  /** Whether the server serves another build of the page by now. */
  async #look(): Promise<void> {
    try {
      const answer = await fetch('/', {method: 'HEAD', cache: 'no-store'});
      const tag = answer.headers.get('ETag');
      if (!answer.ok || tag === null) return;
      this.outdated = this.#tag !== null && this.#tag !== tag;
      this.#tag ??= tag;
    } catch {
      // No answer: the stream says so.
    }
  }
}

export const live = new Live();
listeners.lost = () => live.lost();
listeners.answered = () => live.answered();
// A part of the page that is no longer served: it is of another build.
window.addEventListener('vite:preloadError', () => {
  live.outdated = true;
});
