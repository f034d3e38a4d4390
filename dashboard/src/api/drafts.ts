/** What somebody wrote and did not send yet: kept while the tab is open, of that person alone. */

const OURS = 'tenantry.';

const place = (name: string, owner: string) => `${OURS}${name} of ${owner}`;

/** What `owner` wrote under `name`; empty when there is nothing. */
export function read(name: string, owner: string): string {
  try {
    return sessionStorage.getItem(place(name, owner)) ?? '';
  } catch {
    return ''; // storage is switched off
  }
}

export function write(name: string, owner: string, text: string): void {
  try {
    sessionStorage.setItem(place(name, owner), text);
  } catch {
    // Then it is gone when the page is left.
  }
}

/** Drops all drafts, but for those of `owner` if one is given. */
export function forget(owner?: string): void {
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (!key.startsWith(OURS)) continue;
      if (owner === undefined || !key.endsWith(` of ${owner}`)) sessionStorage.removeItem(key);
    }
  } catch {
    // Then there are none.
  }
}
