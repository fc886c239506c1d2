const PARAMETER = 'session';

/** What an address says about the session: null where it asks for none, '' where it leaves the minutes open. */
export function sessionOf(href: string): string | null {
  return new URL(href).searchParams.get(PARAMETER);
}

/** The same address, asking for a session with these minutes, or (null) for none. */
export function withSession(href: string, minutes: string | null): string {
  const url = new URL(href);
  if (minutes === null) url.searchParams.delete(PARAMETER);
  else url.searchParams.set(PARAMETER, minutes);
  return url.href;
}
