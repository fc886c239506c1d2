import { openDB } from 'idb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dropDamagedShards } from '../../../src/models/download/check-installed';
import { installModel } from '../../../src/models/download/download';
import type { DiffusionEntry, ModelFile } from '../../../src/models/manifest/manifest';
import { sha256Hex } from '../../../src/models/manifest/verify';
import {
  isInstalled,
  openWeightStore,
  readModelFile,
  type WeightStore,
} from '../../../src/models/store/weight-store';

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
async function toyEntry(): Promise<DiffusionEntry> {
  const component = { graph: await file('graph', 'first ', 'second'), weights: [] };
  return {
    id: 'toy',
    tokenizer: { file: await file('tokenizer', 'toks'), config: await file('config', 'conf') },
    components: { textEncoder: component, unet: component, vaeDecoder: component },
  } as unknown as DiffusionEntry;
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

test('an altered shard leaves nothing of itself in the database', async () => {
  serve({ 'graph-1': 'secomd' });
  await expect(install()).rejects.toMatchObject({ name: 'ModelCorrupt' });
  const graph = (await toyEntry()).components.unet.graph;
  expect(await store.shardKeys()).not.toContain(graph.shards[1].sha256);
  expect([...(await store.partialBytes())]).toEqual([]);
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

test('an upgrade from the first version keeps what is installed', async () => {
  serve();
  await install();
  const [model] = await store.installed();
  const shards = await Promise.all(model.shardKeys.map((key) => store.shard(key)));
  store.close();
  const old = `${name}-old`;
  const db = await openDB(old, 1, {
    upgrade(db) {
      db.createObjectStore('shards', { keyPath: 'key' });
      db.createObjectStore('models', { keyPath: 'modelId' });
    },
  });
  for (const shard of shards) await db.put('shards', shard);
  const { modelId, shardKeys, installedAt } = model;
  await db.put('models', { modelId, shardKeys, installedAt });
  db.close();

  store = await openWeightStore(old);
  expect(await isInstalled(store, await toyEntry())).toBe(true);
  store.close();
  indexedDB.deleteDatabase(old);
});

test('pieces outlive the database being closed, and no reader of models sees them', async () => {
  const piece = { shardKey: 'k', etag: null };
  await store.putPiece({ ...piece, offset: 0, blob: new Blob(['abc']) });
  await store.putPiece({ ...piece, offset: 3, blob: new Blob(['de']) });
  store.close();
  store = await openWeightStore(name);
  expect((await store.pieces('k')).map(({ offset }) => offset)).toEqual([0, 3]);
  expect([...(await store.partialBytes())]).toEqual([['k', 5]]);
  expect(await store.shardKeys()).toEqual([]);
  expect(await store.shard('k')).toBeUndefined();

  await store.putShard({ key: 'k', blob: new Blob(['abcde']), sha256: 'x' });
  expect(await store.pieces('k')).toEqual([]);
});

test('a database that is deleted under the app is StorageDenied, and a new one can be opened', async () => {
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = resolve;
    request.onblocked = () => reject(new Error('the connection was kept'));
  });
  expect(store.closed).toBe(true);
  serve();
  await expect(install()).rejects.toMatchObject({ name: 'StorageDenied' });
  store = await openWeightStore(name);
  await install();
  expect(await isInstalled(store, await toyEntry())).toBe(true);
});

test('another tab with an older version of the app is named, and not waited for', async () => {
  const old = `${name}-old`;
  const db = await openDB(old, 1);
  await expect(openWeightStore(old)).rejects.toMatchObject({
    name: 'StorageDenied',
    message: expect.stringContaining('another tab with an older version') as string,
  });
  db.close();
  indexedDB.deleteDatabase(old);
});

test('a flipped bit in the database is found, and only its shard is fetched again', async () => {
  serve();
  await install();
  const graph = (await toyEntry()).components.unet.graph;
  const stored = (await store.shard(graph.shards[1].sha256!))!;
  await store.putShard({ ...stored, blob: new Blob(['secoNd']) });
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  expect(await dropDamagedShards(await toyEntry(), store, options)).toEqual(['graph-1']);
  const fetched = serve();
  fetched.mockClear();
  await install();
  expect(fetched).toHaveBeenCalledTimes(1);
  expect(await (await readModelFile(store, 'toy', graph)).text()).toBe('first second');
});

test('two tabs that install at once fetch each shard once', async () => {
  const fetched = serve();
  const other = await openWeightStore(name);
  await Promise.all([install(store), install(other)]);
  other.close();
  expect(fetched).toHaveBeenCalledTimes(Object.keys(SERVER).length);
});
