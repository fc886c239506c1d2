/**
 * Runs one piece of work of this name at a time, across tabs and workers. Where the browser has no Web Locks, or denies
 * them along with storage, it runs at once: what is not secure has no WebCrypto either, and what is denied keeps
 * nothing, so nothing could be half done.
 */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work();
  let begun = false;
  try {
    return await navigator.locks.request(name, () => {
      begun = true;
      return work();
    });
  } catch (error) {
    if (begun || !isDenied(error)) throw error;
    return work();
  }
}

/** The browser denies Web Locks, as it does where all storage is denied. */
export function isDenied(error: unknown): boolean {
  return (error as Error).name === 'SecurityError';
}
