/**
 * Does long work with the screen kept on, as far as the browser allows it: a machine that falls asleep makes nothing. The
 * browser lets the screen sleep while the page is hidden, so the wish is repeated when it is seen again.
 */
export async function stayingAwake<T>(work: () => Promise<T>): Promise<T> {
  const wakeLock = (navigator as { wakeLock?: WakeLock }).wakeLock;
  if (!wakeLock) return work();
  let ended = false;
  let held: WakeLockSentinel | null = null;
  const ask = async () => {
    if (document.visibilityState !== 'visible') return;
    const sentinel = await wakeLock.request('screen').catch(() => null); // low battery, or a policy
    if (ended) await sentinel?.release();
    else held = sentinel;
  };
  const again = () => void ask();
  document.addEventListener('visibilitychange', again);
  again();
  try {
    return await work();
  } finally {
    ended = true;
    document.removeEventListener('visibilitychange', again);
    await (held as WakeLockSentinel | null)?.release();
  }
}
