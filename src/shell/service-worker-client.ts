import { reloadPage } from '../browser/kept-over-reload';
import type { ShellMessage } from '../contract/shell';

/** How long a first visit on a very slow line waits for the app's own files before it goes on without them. */
const INSTALL_TIMEOUT_MS = 120_000;
const RELOADED = 'reloaded-for-isolation';

/** The service worker as the page sees it. */
export interface Offline {
  /**
   * Resolves once all that is fetched afterwards is served with the app's headers and there without a server too, or
   * once it is clear that this browser cannot do that. No worker may start before.
   */
  ready: Promise<void>;
  /** Called once a newer version is stored and waits. */
  onUpdate(listener: () => void): void;
  /** Lets the newer version take over, and loads the page anew with it. */
  update(): void;
}

/**
 * Registers the service worker. Reloads once where the host sends no isolation headers: the service worker adds them.
 * Private windows and denied storage leave an app that works with a server only.
 */
export function startOffline(): Offline {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) {
    return { ready: Promise.resolve(), onUpdate: () => undefined, update: reloadPage };
  }
  const registering = register();
  return {
    ready: registering.then((registration) =>
      registration ? becomeControlled(registration) : undefined,
    ),
    onUpdate: (listener) =>
      void registering.then((registration) => registration && watchUpdates(registration, listener)),
    update: () => void registering.then((registration) => takeUpdate(registration)),
  };
}

async function register(): Promise<ServiceWorkerRegistration | null> {
  try {
    if (crossOriginIsolated && history.state === RELOADED) history.replaceState(null, '');
    return await navigator.serviceWorker.register(new URL('service-worker.js', document.baseURI));
  } catch {
    return null; // storage is denied, or the browser is in private mode
  }
}

async function becomeControlled(registration: ServiceWorkerRegistration): Promise<void> {
  const { serviceWorker } = navigator;
  // Where one is active already, this was a forced reload, which goes past it for good.
  if (!serviceWorker.controller && !registration.active) {
    await Promise.race([claimed(), failed(registration.installing), wait(INSTALL_TIMEOUT_MS)]);
  }
  if (!crossOriginIsolated && registration.active) await reloadOnce();
}

/** A second load that is still not isolated would not be at the third. */
async function reloadOnce() {
  if (history.state === RELOADED) return;
  // Not in sessionStorage: an isolated page has another process, and Chromium lets the two disagree about that.
  history.replaceState(RELOADED, '');
  location.reload();
  await new Promise(() => undefined); // nothing more happens on this page
}

function watchUpdates(registration: ServiceWorkerRegistration, listener: () => void) {
  const follow = () => {
    const { installing, active } = registration;
    if (!installing || !active) return; // the first version is no update
    installing.addEventListener('statechange', () => {
      if (installing.state === 'installed') listener();
    });
  };
  if (registration.waiting) listener();
  follow();
  registration.addEventListener('updatefound', follow);
}

function takeUpdate(registration: ServiceWorkerRegistration | null) {
  if (!registration?.waiting) {
    reloadPage(); // another tab was faster
    return;
  }
  navigator.serviceWorker.addEventListener('controllerchange', reloadPage, {
    once: true,
  });
  send(registration.waiting, 'activate');
}

function send(worker: ServiceWorker | null, message: ShellMessage) {
  worker?.postMessage(message);
}

function claimed(): Promise<unknown> {
  return new Promise((resolve) =>
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
  );
}

/** Settles where the first install fails; an update that fails changes nothing. */
function failed(installing: ServiceWorker | null): Promise<void> {
  return new Promise((resolve) =>
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'redundant') resolve();
    }),
  );
}

function wait(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
