import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findInstalled } from '../../../src/models/installed/find-installed';
import type { ModelAccess } from '../../../src/models/installed/model-access';
import { installHalfGraphs } from '../../../src/models/download/tuning-graphs';
import { modelFiles } from '../../../src/models/manifest/model-files';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { memoryWeightStore } from '../../../src/models/store/memory-weight-store';
import { installRecord, removeModel, shardKey } from '../../../src/models/store/weight-store';
import { textFile, toyManifest } from './toy-manifest';

const BASE = 'https://here.test/models/toy/';
const [toy] = toyManifest().models;
const halfGraph = textFile('unet-half.onnx', 'half');
const entry: DiffusionEntry = {
  ...toy,
  components: { ...toy.components, unet: { ...toy.components.unet, halfGraph } },
};
const halfKey = shardKey('toy', halfGraph.shards[0]);

const TEXTS: Record<string, string> = {
  'tokenizer.json': 'toks',
  'tokenizer_config.json': 'conf',
  'unet-half.onnx': 'half',
};
let fetched: string[];
let offline: boolean;

beforeEach(() => {
  [fetched, offline] = [[], false];
  vi.stubGlobal('location', { origin: 'https://here.test' });
  vi.stubGlobal('fetch', (url: string) => {
    const path = url.slice(url.lastIndexOf('/') + 1);
    fetched.push(path);
    if (offline) return Promise.reject(new TypeError('Failed to fetch'));
    const [name, kind] = path.split('.');
    const text = TEXTS[path] ?? `${kind === 'onnx' ? 'graph' : 'weights'} of ${name}`;
    return Promise.resolve(new Response(text));
  });
});

afterEach(() => vi.unstubAllGlobals());

function options() {
  const controller = new AbortController();
  return { controller, signal: controller.signal, onProgress: () => undefined };
}

/** The toy model, installed into a store of this session from its own site; then it is said to lie at `baseUrl`. */
async function found(baseUrl: string | null = BASE, change: Partial<DiffusionEntry> = {}) {
  const store = memoryWeightStore();
  const at = (base: string | null) =>
    ({
      find: () => Promise.resolve({ entry: { ...entry, ...change }, baseUrl: base }),
      openStore: () => Promise.resolve(store),
      openSession: () => store,
    }) as unknown as ModelAccess;
  const asked = options();
  await findInstalled(at(BASE), 'toy', { intoMemory: true }, asked);
  const model = await findInstalled(at(baseUrl), 'toy', { intoMemory: true }, asked);
  return { ...model, ...asked, store };
}

test('graphs in float16 come when they are asked for, and not with the model', async () => {
  const { fetchHalf, readFile, store } = await found();
  expect(fetched).toHaveLength(modelFiles(toy).length);
  expect(fetched).not.toContain('unet-half.onnx');
  expect(await fetchHalf()).toBe(true);
  expect(fetched.filter((path) => path === 'unet-half.onnx')).toHaveLength(1);
  expect(await (await readFile(halfGraph)).text()).toBe('half');
  expect((await installRecord(store, 'toy'))?.shardKeys).toContain(halfKey);

  offline = true; // the next visit
  expect(await fetchHalf()).toBe(true);
});

test('a model without such graphs, or that came by hand or from elsewhere, is asked for none', async () => {
  const all = await Promise.all([
    found(BASE, { components: toy.components }),
    found(null),
    found('https://elsewhere.test/toy/'),
  ]);
  expect(await Promise.all(all.map(({ fetchHalf }) => fetchHalf()))).toEqual([false, false, false]);
  expect(fetched).not.toContain('unet-half.onnx');
});

test('graphs in float16 that cannot be had now are no error, and a cancelled job is', async () => {
  const { fetchHalf, controller, store } = await found();
  offline = true;
  expect(await fetchHalf()).toBe(false);
  expect(await store.shardKeys()).not.toContain(halfKey);
  controller.abort();
  await expect(fetchHalf()).rejects.toMatchObject({ name: 'AbortError' });
});

test('graphs in float16 are no part of an install, are fetched once, and go with the model', async () => {
  expect(modelFiles(entry)).toEqual(modelFiles(toy));
  const store = memoryWeightStore();
  await store.markInstalled({ modelId: 'toy', shardKeys: [], installedAt: new Date(0) });
  const install = () => installHalfGraphs(entry, BASE, store, options());
  await install();
  await install();
  expect(fetched).toEqual(['unet-half.onnx']);
  expect((await installRecord(store, 'toy'))?.shardKeys).toEqual([halfKey]);
  await removeModel(store, 'toy', entry);
  expect(await store.shardKeys()).toEqual([]);
});
