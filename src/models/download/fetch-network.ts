import { appError } from '../../errors';
import { readGraphFacts } from '../runtime/graph-facts';
import { NETWORK_GRAPHS } from './network-files';

/** A file of a package of transformers.js; `path` is below its folder. */
export interface NetworkFile {
  path: string;
  blob: Blob;
}

/** How it is fetched. */
export interface FetchNetworkOptions {
  signal?: AbortSignal;
  /** Told before each file. */
  onFile?: (path: string) => void;
  fetcher?: typeof fetch;
}

/**
 * The files of a feature network below an address: config.json, preprocessor_config.json, the graph that sees pictures and
 * its weights. A repository of the Hugging Face hub may be given by its page. Rejects with `RequestInvalid` for what is no
 * address, `NetworkFailed` where a file cannot be had, and `PackageRefused` where there is no graph.
 */
export async function fetchNetwork(
  address: string,
  { signal, onFile = () => undefined, fetcher = fetch }: FetchNetworkOptions = {},
): Promise<NetworkFile[]> {
  const base = folderOf(address);
  const read = async (path: string) => {
    onFile(path);
    return fetchFile(new URL(path, base), signal, fetcher);
  };
  const files: NetworkFile[] = [];
  for (const path of ['config.json', 'preprocessor_config.json']) {
    files.push({ path, blob: (await read(path)) ?? missing(path, base) });
  }
  for (const path of NETWORK_GRAPHS.flat()) {
    const blob = await read(path);
    if (!blob) continue;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    for (const name of await externalFilesOf(blob)) {
      const weights = folder + name.replace(/^\.\//, '');
      files.push({ path: weights, blob: (await read(weights)) ?? missing(weights, base) });
    }
    return [...files, { path, blob }];
  }
  throw appError(
    'PackageRefused',
    `${base.href} has no graph that sees pictures (expected onnx/model.onnx or onnx/vision_model.onnx there, or one of fewer bits). ` +
      'Give the folder of an export for transformers.js.',
  );
}

/** What a network is called that came from an address: its host, and the last words of its path. */
export function networkName(address: string): string {
  const { host, pathname } = folderOf(address);
  const words = pathname.replace(/\/resolve\/[^/]+\/$/, '/').split('/');
  return [host, ...words.filter(Boolean).slice(-2)].join(' ');
}

function folderOf(address: string): URL {
  const url = URL.parse(address.trim());
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw appError(
      'RequestInvalid',
      `"${address.trim().slice(0, 80)}" is no address of a folder (expected one that begins with https://). Correct it.`,
    );
  }
  url.search = url.hash = '';
  url.pathname = url.pathname.replace(/\/config\.json$/, '').replace(/\/*$/, '/');
  const page = /^\/[^/]+\/[^/]+\/$/.test(url.pathname) && url.hostname === 'huggingface.co';
  if (page) url.pathname += 'resolve/main/';
  return url;
}

/** null: there is none. A page that a host answers with in place of a file is none either. */
async function fetchFile(url: URL, signal: AbortSignal | undefined, fetcher: typeof fetch) {
  const failed = (why: string, cause?: unknown) =>
    appError(
      'NetworkFailed',
      `${url.href} could not be fetched (${why}). Check the address, and whether its host lets pages of others read it (CORS).`,
      cause,
    );
  try {
    const response = await fetcher(url, { signal });
    if (response.status === 404 || response.status === 403) return null;
    if (!response.ok) throw failed(`the host answered ${response.status}`);
    if (response.headers.get('content-type')?.startsWith('text/html')) return null;
    return await response.blob();
  } catch (error) {
    if (signal?.aborted || (error as Error).name === 'NetworkFailed') throw error;
    throw failed((error as Error).message, error);
  }
}

async function externalFilesOf(graph: Blob): Promise<string[]> {
  try {
    return readGraphFacts(new Uint8Array(await graph.arrayBuffer())).externalFiles;
  } catch {
    return []; // whoever opens it says what is wrong
  }
}

function missing(path: string, base: URL): never {
  throw appError(
    'PackageRefused',
    `${base.href} has no ${path}. Give the folder of a model for transformers.js: config.json lies in it.`,
  );
}
