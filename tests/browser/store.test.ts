import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installModel } from '../../src/models/download';
import type { ModelEntry, ModelFile } from '../../src/models/manifest';
import { sha256Hex } from '../../src/models/verify';
import {
  isInstalled,
  openWeightStore,
  readModelFile,
  type WeightStore,
} from '../../src/models/weight-store';

let store: WeightStore;
let name: string;

beforeEach(async () => {
  name = `weights-${crypto.randomUUID()}`;
  store = await openWeightStore(name);
});

afterEach(() => {
  vi.restoreAllMocks();
  store.close();
  indexedDB.deleteDatabase(name);
});

/** A file in two shards, each its own text. */
async function file(name: string, ...texts: string[]): Promise<ModelFile> {
  const shards = await Promise.all(
    texts.map(async (text, i) => ({
      path: `${name}-${i}`,
      bytes: text.length,
      sha256: await sha256Hex(new TextEncoder().encode(text)),
    })),
  );
  return { name, bytes: texts.join('').length, shards };
}

/** As much of an entry as an install reads. */
async function toyEntry(): Promise<ModelEntry> {
  const component = { graph: await file('graph', 'first ', 'second'), weights: [] };
  return {
    id: 'toy',
    tokenizer: { file: await file('tokenizer', 'toks'), config: await file('config', 'conf') },
    components: { textEncoder: component, unet: component, vaeDecoder: component },
  } as unknown as ModelEntry;
}

const SERVER: Record<string, string> = {
  'graph-0': 'first ',
  'graph-1': 'second',
  'tokenizer-0': 'toks',
  'config-0': 'conf',
};

function serve(change: Record<string, string> = {}) {
  const answer = (input: RequestInfo | URL) => {
    const path = new URL(input as string).pathname.slice(1);
    return Promise.resolve(new Response({ ...SERVER, ...change }[path]));
  };
  return vi.spyOn(globalThis, 'fetch').mockImplementation(answer);
}

async function install(into: WeightStore = store) {
  const { signal } = new AbortController();
  const options = { signal, onProgress: () => undefined, retryDelayMs: 1 };
  await installModel(await toyEntry(), 'http://host/', into, options);
}

test('an installed model is still there after the store was closed, and nothing is fetched', async () => {
  serve();
  await install();
  store.close();
  store = await openWeightStore(name);
  const fetched = serve();
  fetched.mockClear();
  await install();
  expect(fetched).not.toHaveBeenCalled();
  const entry = await toyEntry();
  expect(await isInstalled(store, entry)).toBe(true);
  const graph = await readModelFile(store, 'toy', entry.components.unet.graph);
  expect(await graph.text()).toBe('first second');
});

test('an altered shard leaves nothing in the database', async () => {
  serve({ 'graph-1': 'secomd' });
  await expect(install()).rejects.toMatchObject({ name: 'ModelCorrupt' });
  expect(await store.shardKeys()).toEqual([]);
  expect(await store.installed()).toEqual([]);
  serve();
  await install();
  expect(await isInstalled(store, await toyEntry())).toBe(true);
});

test('a full disk is QuotaExceeded and leaves nothing in the database', async () => {
  serve();
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  await expect(install()).rejects.toMatchObject({
    name: 'QuotaExceeded',
    message: expect.stringContaining('Free some disk space') as string,
  });
  expect(await store.shardKeys()).toEqual([]);
});

test('two tabs that install at once fetch each shard once', async () => {
  const fetched = serve();
  const other = await openWeightStore(name);
  await Promise.all([install(store), install(other)]);
  other.close();
  expect(fetched).toHaveBeenCalledTimes(Object.keys(SERVER).length);
});
