import { unpackGzip } from '../../src/common/unpack-gzip';
import { headersFor } from './headers-for';
import type { Shell } from './shell';

const PREFIX = 'shell-';
const RUNTIME = 'runtime';
/** An entry of a version's own cache, written when it takes over: the `onDemand` files it may still serve. */
const TAKEN_OVER = 'taken-over.json';

/** The copies of the app in Cache Storage: a cache for each version, and one for the runtime, which most versions share. */
export function createShellCaches(
  shell: Shell,
  scopeUrl: string,
  onRequest: (url: string) => void,
) {
  const ownName = PREFIX + shell.version;
  const urlOf = (path: string) => new URL(path, scopeUrl).href;

  /** Fetches this version; an update also fetches anew what was kept on demand of the version before. */
  async function install({ isUpdate }: { isUpdate: boolean }) {
    const cache = await caches.open(ownName);
    await Promise.all(shell.precache.map((path) => fetchInto(cache, path)));
    if (!isUpdate) return;
    const runtime = await caches.open(RUNTIME);
    const kept = new Set((await runtime.keys()).map(({ url }) => url));
    const stems = new Set([...kept].map(stemOf));
    const wanted = shell.onDemand.filter(
      (path) => stems.has(stemOf(urlOf(path))) && !kept.has(urlOf(path)),
    );
    await Promise.all(wanted.map((path) => fetchInto(runtime, path)));
  }

  async function fetchInto(cache: Cache, path: string) {
    onRequest(urlOf(path));
    const response = await fetch(urlOf(path), { cache: 'no-cache' });
    if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
    // A copy: a page cannot be opened from an answer that came by a redirect.
    await cache.put(urlOf(path), new Response(response.body, { headers: response.headers }));
  }

  /** Marks this version as the one in use, and drops all but it and the one that was in use before. */
  async function dropOld() {
    await (await caches.open(ownName)).put(urlOf(TAKEN_OVER), Response.json(shell.onDemand));
    const others = (await caches.keys()).filter(
      (name) => name.startsWith(PREFIX) && name !== ownName,
    );
    const used = await Promise.all(
      others.map(async (name) => ({
        name,
        mark: await (await caches.open(name)).match(urlOf(TAKEN_OVER)),
      })),
    );
    const previous = used.findLast(({ mark }) => mark);
    const previousFiles = ((await previous?.mark?.json()) ?? []) as string[];
    const keptFiles = new Set([...shell.onDemand, ...previousFiles].map(urlOf));
    const runtime = await caches.open(RUNTIME);
    const stale = (await runtime.keys()).filter(
      ({ url }) => !keptFiles.has(url) && !keptFiles.has(`${url}.gz`),
    );
    await Promise.all([
      ...stale.map((request) => runtime.delete(request)),
      ...others.filter((name) => name !== previous?.name).map((name) => caches.delete(name)),
    ]);
  }

  /** The copy of a file: this version's, or that of the one before. A host may call models.html "models". */
  async function find(path: string): Promise<Response | undefined> {
    const own = await caches.open(ownName);
    for (const name of path === '' ? ['index.html'] : [path, `${path}.html`]) {
      const kept = (await own.match(urlOf(name))) ?? (await caches.match(urlOf(name)));
      if (kept) return kept;
    }
    return undefined;
  }

  /** Keeps what is kept on demand; a full disk must not keep the file from the page. */
  async function keep(path: string, response: Response) {
    if (!response.ok || !shell.onDemand.includes(path)) return;
    const runtime = await caches.open(RUNTIME);
    await runtime.put(urlOf(path), response.clone()).catch(() => undefined);
  }

  /**
   * `a.wasm`, for whoever asks for it where `a.wasm.gz` is a file of the app: unpacked once, and answered as the cache holds
   * it. A browser remembers what it compiled only of an answer that no service worker has made or changed.
   */
  async function unpacked(path: string): Promise<Response | undefined> {
    const packedPath = `${path}.gz`;
    const runtime = await caches.open(RUNTIME);
    const kept = await runtime.match(urlOf(path));
    if (kept) return kept;
    let packed = await find(packedPath);
    if (!packed && shell.onDemand.includes(packedPath)) {
      await fetchInto(runtime, packedPath);
      packed = await runtime.match(urlOf(packedPath));
    }
    if (!packed) return undefined;
    const headers = { ...headersFor(path), 'Content-Type': 'application/wasm' };
    const response = new Response(await unpackGzip(packed), { headers });
    await runtime.put(urlOf(path), response.clone()).catch(() => undefined);
    return (await runtime.match(urlOf(path))) ?? response;
  }

  return { install, dropOld, find, keep, unpacked };
}

/** `…/a-BvgFI620.wasm.gz` → `…/a.wasm.gz`: the same file in any version. */
function stemOf(url: string): string {
  return url.replace(/-[\w-]{8}(?=(\.\w+)+$)/, '');
}
