import { exclusively, isDenied } from '../common/exclusively';

/** What a tab that erases everything tells the others: stop, and write nothing again. */
const CHANNEL = 'erase-everything';
/** Held by the tab that erases, from before it tells the others until nothing is left. */
const LOCK = 'erase-everything';

/** Erases as the only tab that does. Whatever page is opened meanwhile waits for its end. */
export function whileErasing(work: (tellOthers: () => void) => Promise<void>): Promise<void> {
  return exclusively(LOCK, async () => {
    const channel = new BroadcastChannel(CHANNEL);
    try {
      await work(() => channel.postMessage('erasing'));
    } finally {
      channel.close();
    }
  });
}

/** Called when another tab is about to erase everything. Listens as long as the page lives. */
export function onErasingElsewhere(listener: () => void) {
  new BroadcastChannel(CHANNEL).onmessage = listener;
}

/**
 * Resolves once no other tab erases. A page listens with `onErasingElsewhere` first, then waits for this, and only then
 * opens a store or registers a service worker: an erasure that began before it listened holds the lock. What this tab
 * had in its session storage before a reload goes as well, since no other tab can reach it.
 */
export async function noErasureElsewhere(): Promise<void> {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return;
  const idle = await locks
    .request(LOCK, { mode: 'shared', ifAvailable: true }, (lock) => !!lock)
    .catch((error: unknown) => {
      if (isDenied(error)) return true; // as all storage is: there is nothing to be erased
      throw error;
    });
  if (idle) return;
  sessionStorage.clear();
  await locks.request(LOCK, { mode: 'shared' }, () => undefined);
}
