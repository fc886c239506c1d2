/** How long a first visit waits for the service worker before it goes on without. */
const CLAIM_TIMEOUT_MS = 10_000;

/**
 * Registers the service worker and waits until it serves this page, so that all that is fetched afterwards is there
 * without a server too. Reloads once where the host sends no isolation headers: the service worker adds them.
 * Resolves quietly where service workers are not to be had; the app then works with a server only.
 */
export async function startOffline(): Promise<void> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  try {
    const claimed = new Promise((resolve) =>
      serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    );
    await serviceWorker.register(new URL('service-worker.js', document.baseURI));
    if (!serviceWorker.controller) await Promise.race([claimed, wait(CLAIM_TIMEOUT_MS)]);
  } catch {
    return; // private windows and denied storage
  }
  if (!crossOriginIsolated && serviceWorker.controller) await reloadOnce();
}

/** A second load that is still not isolated would not be at the third. */
async function reloadOnce() {
  if (sessionStorage.getItem('reloaded-for-isolation')) return;
  sessionStorage.setItem('reloaded-for-isolation', 'yes');
  location.reload();
  await new Promise(() => undefined); // nothing more happens on this page
}

function wait(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
