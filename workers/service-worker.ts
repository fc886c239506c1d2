/**
 * Keeps the app's own files so that it starts without a server, and adds the isolation and security headers that a
 * static host cannot send. Weights are not its business: anything below models/ passes by untouched.
 *
 * A page keeps the version it started with: its files come from the copy, a newer version waits until a page asks for
 * it, and the copy of the version before stays for the pages that are still open.
 */
import type { ShellMessage } from '../src/contract/shell';
import { countUrl, REQUEST_CHANNEL } from '../src/privacy/request-count';
import { createShellCaches } from './shell/shell-caches';
import type { Shell } from './shell/shell';
import { pathInScope, withHeaders } from './shell/with-headers';

/** Written by vite.config.ts at build time. */
declare const __SHELL__: Shell;

const scope = self as unknown as ServiceWorkerGlobalScope;
const counts = new BroadcastChannel(REQUEST_CHANNEL);
const count = (url: string) => counts.postMessage(countUrl(url, scope.location.origin));
const shellCaches = createShellCaches(__SHELL__, scope.registration.scope, count);

scope.addEventListener('install', (event) => {
  // The first version serves at once; a later one waits for the page's word.
  event.waitUntil(shellCaches.install({ isUpdate: scope.registration.active !== null }));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(shellCaches.dropOld().then(() => scope.clients.claim()));
});

scope.addEventListener('message', (event) => {
  const message = event.data as ShellMessage;
  if (message === 'activate') event.waitUntil(scope.skipWaiting());
  if (message === 'list') event.ports[0]?.postMessage(__SHELL__.onDemand);
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = pathInScope(request.url, scope.registration.scope);
  if (path === undefined || path.startsWith('models/') || request.method !== 'GET') {
    count(request.url);
    return;
  }
  event.respondWith(answer(request, path));
});

async function answer(request: Request, path: string): Promise<Response> {
  if (path.endsWith('.wasm')) {
    const unpacked = await shellCaches.unpacked(path);
    if (unpacked) return unpacked;
  }
  const kept = await shellCaches.find(path);
  if (kept) return withHeaders(kept, path);
  count(request.url);
  const response = await fetch(request);
  await shellCaches.keep(path, response);
  return withHeaders(response, path);
}
