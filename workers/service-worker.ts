/**
 * Keeps the app's own files so that it starts without a server, and adds the isolation and security headers that a
 * static host cannot send. Weights are not its business: anything below models/ passes by untouched.
 */
import responseHeaders from './response-headers.json';

/** Written by vite.config.ts at build time; see there. */
interface Shell {
  version: string;
  /** Fetched at install. Relative to the scope. */
  precache: string[];
  /** Content-hashed files that are kept once they have been asked for (the ONNX runtime). */
  onDemand: string[];
}

const scope = self as unknown as ServiceWorkerGlobalScope;
const shell = JSON.parse('__SHELL__') as Shell;
const shellCache = `shell-${shell.version}`;
const RUNTIME_CACHE = 'runtime';

scope.addEventListener('install', (event) => {
  event.waitUntil(install());
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = pathInScope(request.url);
  if (request.method !== 'GET' || path === undefined || path.startsWith('models/')) return;
  // Names without a content hash may be newer on the server; the copy is for when it cannot be reached.
  const fresh = request.mode === 'navigate' || path === 'model-manifest.json';
  if (fresh) event.respondWith(networkFirst(request, path));
  else if (shell.precache.includes(path)) event.respondWith(cacheFirst(request, shellCache));
  else if (shell.onDemand.includes(path)) event.respondWith(cacheFirst(request, RUNTIME_CACHE));
});

async function install() {
  const cache = await caches.open(shellCache);
  await cache.addAll(shell.precache.map((path) => new Request(urlOf(path), { cache: 'no-cache' })));
  await scope.skipWaiting();
}

async function activate() {
  const kept = new Set(shell.onDemand.map(urlOf));
  const runtime = await caches.open(RUNTIME_CACHE);
  const stale = (await runtime.keys()).filter(({ url }) => !kept.has(url));
  const names = (await caches.keys()).filter(
    (name) => name.startsWith('shell-') && name !== shellCache,
  );
  await Promise.all([
    ...stale.map((request) => runtime.delete(request)),
    ...names.map((name) => caches.delete(name)),
  ]);
  await scope.clients.claim();
}

async function networkFirst(request: Request, path: string): Promise<Response> {
  const key = urlOf(path === '' ? 'index.html' : path);
  try {
    const response = await fetch(request);
    if (response.ok) await (await caches.open(shellCache)).put(key, response.clone());
    return withHeaders(response);
  } catch (error) {
    const kept = await caches.match(key);
    if (!kept) throw error;
    return withHeaders(kept);
  }
}

async function cacheFirst(request: Request, cacheName: string): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request.url);
  if (kept) return withHeaders(kept);
  const response = await fetch(request);
  // A full disk must not keep the file from the page.
  if (response.ok) await cache.put(request.url, response.clone()).catch(() => undefined);
  return withHeaders(response);
}

/** The same response with our headers; those of redirects and opaque answers cannot be changed. */
function withHeaders(response: Response): Response {
  if (response.status === 0 || response.redirected || response.status === 304) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(responseHeaders)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}

/** `https://host/app/assets/a.js?x` → `assets/a.js`; undefined outside the scope. */
function pathInScope(url: string): string | undefined {
  const { origin, pathname } = new URL(url);
  const root = new URL(scope.registration.scope);
  if (origin !== root.origin || !pathname.startsWith(root.pathname)) return undefined;
  return pathname.slice(root.pathname.length);
}

function urlOf(path: string): string {
  return new URL(path, scope.registration.scope).href;
}
