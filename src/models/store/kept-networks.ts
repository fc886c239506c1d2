import { appError } from '../../errors';

/** Feature networks that came from an address: fetched by models.html, used by the page of the evaluation. */
const CACHE = 'feature-networks';
const FOLDER = 'feature-networks/';

/** A file of a network; `path` is below its folder. */
interface KeptFile {
  path: string;
  blob: Blob;
}

/** Keeps a network whole, in place of one of the same name. Rejects with `QuotaExceeded` or `StorageDenied`. */
export async function keepNetwork(name: string, files: readonly KeptFile[]): Promise<void> {
  await removeNetwork(name);
  const cache = await open();
  try {
    for (const { path, blob } of files) await cache.put(urlOf(name, path), new Response(blob));
  } catch (error) {
    await removeNetwork(name);
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
  const paths = await pathsOf();
  return [...new Set(paths.map(([name]) => name))].sort();
}

/** The files of one, as a folder of that name; none: it is gone. */
export async function readNetwork(name: string): Promise<{ path: string; file: File }[]> {
  const cache = await open();
  const own = (await pathsOf()).filter(([one]) => one === name);
  return Promise.all(
    own.map(async ([, path, request]) => {
      const blob = await (await cache.match(request))!.blob();
      return { path: `${name}/${path}`, file: new File([blob], path.split('/').at(-1)!) };
    }),
  );
}

/** Nothing happens where there is none of that name. */
export async function removeNetwork(name: string): Promise<void> {
  const cache = await open();
  const own = (await pathsOf()).filter(([one]) => one === name);
  await Promise.all(own.map(([, , request]) => cache.delete(request)));
}

async function open(): Promise<Cache> {
  if ('caches' in globalThis) return caches.open(CACHE);
  throw appError(
    'StorageDenied',
    'The browser keeps no files for this page (expected https or localhost). Choose the network as a folder instead.',
  );
}

function urlOf(name: string, path: string): string {
  return new URL(`${FOLDER}${encodeURIComponent(name)}/${path}`, location.href).href;
}

/** Name and path of each file, and what it is kept under. */
async function pathsOf(): Promise<[name: string, path: string, request: Request][]> {
  const base = new URL(FOLDER, location.href).href;
  const all = await (await open()).keys();
  return all.flatMap((request): [string, string, Request][] => {
    if (!request.url.startsWith(base)) return [];
    const [name, ...path] = request.url.slice(base.length).split('/');
    return [[decodeURIComponent(name), path.join('/'), request]];
  });
}
