/** Where the page is: the path names the room, what follows # holds its state (filters, range,
 * sort), which thus never reaches a server's log. */

class Route {
  path = $state(location.pathname);
  state = $state.raw(new URLSearchParams(location.hash.slice(1)));

  constructor() {
    window.addEventListener('popstate', () => this.#read());
    window.addEventListener('hashchange', () => this.#read());
    document.addEventListener('click', (event) => this.#follow(event));
  }

  go(address: string): void {
    history.pushState(null, '', address);
    this.#read();
    window.scrollTo(0, 0);
    document.getElementById('content')?.focus({preventScroll: true});
  }

  get(name: string, otherwise = ''): string {
    return this.state.get(name) ?? otherwise;
  }

  /** Changes some of the state; empty values are left out. `step`: Back comes back to before. */
  set(changes: Record<string, string>, step = false): void {
    const next = new URLSearchParams(this.state);
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    const text = next.toString();
    if (text === this.state.toString()) return;
    const address = location.pathname + (text ? `#${text}` : '');
    if (step) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    this.state = next;
  }

  /** The segment after `room` in /room/segment; undefined when there is none. */
  item(room: string): string | undefined {
    if (!this.path.startsWith(`/${room}/`)) return undefined;
    const segment = this.path.slice(room.length + 2);
    if (segment === '' || segment.includes('/')) return undefined;
    try {
      return decodeURIComponent(segment);
    } catch {
      return undefined;
    }
  }

  #read(): void {
    this.path = location.pathname;
    this.state = new URLSearchParams(location.hash.slice(1));
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest('a');
    if (!link || link.target || link.download || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/')) return;
    event.preventDefault();
    this.go(link.pathname + link.hash);
  }
}

export const route = new Route();
