/**
 * Runs one piece of work of this name at a time, across tabs and workers. Where the browser has no Web Locks there is
 * no WebCrypto either (a page that is not secure), and so nothing that could be half done.
 */
export function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work();
  return navigator.locks.request(name, work);
}
