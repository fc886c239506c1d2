import { appError } from '../../errors';

/** Feature networks that came from an address: fetched by models.html, used by the page of the evaluation. */
const CACHE = 'feature-networks';
const FOLDER = 'feature-networks/';

/** A file of a network; `path` is below its folder. */
interface KeptFile {
  path: string;
  blob: Blob;
}

/**
 * Keeps a network whole, in place of one of the same name, which stays where there is no room for both. Rejects with
 * `QuotaExceeded` or `StorageDenied`.
 */
export async function keepNetwork(name: string, files: readonly KeptFile[]): Promise<void> {
  const cache = await open();
  const old = await filesOf(name);
  const version = Math.max(0, ...old.map((one) => one.version)) + 1;
  try {
    for (const { path, blob } of files) {
      await cache.put(urlOf(name, path, version), new Response(blob));
    }
    await Promise.all(old.map(({ request }) => cache.delete(request)));
  } catch (error) {
    const added = (await filesOf(name)).filter((one) => one.version === version);
    await Promise.all(added.map(({ request }) => cache.delete(request)));
    if ((error as Error).name !== 'QuotaExceededError') throw error;
    throw appError(
      'QuotaExceeded',
      `The browser has no room left for this network (${files.reduce((sum, { blob }) => sum + blob.size, 0)} bytes). Delete what you do ` +
        'not need, then fetch it again.',
      error,
    );
  }
}

/** Names, in the order of their letters; none where the browser keeps nothing. */
export async function keptNetworks(): Promise<string[]> {
  if (!('caches' in globalThis)) return [];
  return [...new Set((await allFiles()).map(({ name }) => name))].sort();
}

/** The files of one, as a folder of that name; none: it is gone. */
export async function readNetwork(name: string): Promise<{ path: string; file: File }[]> {
  const cache = await open();
  const all = await filesOf(name);
  // A newer one that is still coming, or never came whole, is none yet.
  const oldest = Math.min(...all.map(({ version }) => version));
  const own = all.filter(({ version }) => version === oldest);
  return Promise.all(
    own.map(async ({ path, request }) => {
      const blob = await (await cache.match(request))!.blob();
      return { path: `${name}/${path}`, file: new File([blob], path.split('/').at(-1)!) };
    }),
  );
}

/** Nothing happens where there is none of that name. */
export async function removeNetwork(name: string): Promise<void> {
  const cache = await open();
  await Promise.all((await filesOf(name)).map(({ request }) => cache.delete(request)));
}

async function open(): Promise<Cache> {
  if ('caches' in globalThis) return caches.open(CACHE);
  throw appError(
    'StorageDenied',
    'The browser keeps no files for this page (expected https or localhost). Choose the network as a folder instead.',
  );
}

function urlOf(name: string, path: string, version: number): string {
  return new URL(`${FOLDER}${encodeURIComponent(name)}/${path}?${version}`, location.href).href;
}

/** A file as it is kept. */
interface CachedFile {
  name: string;
  path: string;
  /** Grows each time the network is kept anew; 0 where there is none in the address, as of older versions of this app. */
  version: number;
  request: Request;
}

async function filesOf(name: string): Promise<CachedFile[]> {
  return (await allFiles()).filter((one) => one.name === name);
}

async function allFiles(): Promise<CachedFile[]> {
  const base = new URL(FOLDER, location.href).href;
  const all = await (await open()).keys();
  return all.flatMap((request) => {
    if (!request.url.startsWith(base)) return [];
    const [place, version = '0'] = request.url.slice(base.length).split('?');
    const [name, ...path] = place.split('/');
    const known = { name: decodeURIComponent(name), path: path.join('/') };
    return [{ ...known, version: Number(version), request }];
  });
}
