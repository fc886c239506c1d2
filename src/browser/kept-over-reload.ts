const KEY = 'kept-over-reload';

/** What is typed, as plain data; null where nothing of it may be written. */
type Contents = () => object | null;

let contents: Contents = () => null;

/** Says what a reload would lose. */
export function keepOverReload(typed: Contents) {
  contents = typed;
}

/** Whether `reloadPage` brings back what is typed: never under encryption or in a session, for it would lie on the disk. */
export function isKeptOverReload(): boolean {
  return contents() !== null;
}

/** Reloads the page at its own offer; what is typed comes back. */
export function reloadPage() {
  const kept = contents();
  try {
    if (kept) sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // storage is denied or full: the reload is what was asked for
  }
  location.reload();
}

/** What the page before has left, once; null: nothing. */
export function takeKeptOverReload(): unknown {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return JSON.parse(kept ?? 'null') as unknown;
  } catch {
    return null;
  }
}
