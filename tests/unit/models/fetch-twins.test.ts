import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findInstalled } from '../../../src/models/installed/find-installed';
import type { ModelAccess } from '../../../src/models/installed/model-access';
import { installTwins } from '../../../src/models/download/tuning-graphs';
import { modelHash } from '../../../src/models/manifest/located-model';
import { modelFiles, TWINS, type Twin } from '../../../src/models/manifest/model-files';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { memoryWeightStore } from '../../../src/models/store/memory-weight-store';
import { installRecord, removeModel, shardKey } from '../../../src/models/store/weight-store';
import { textFile, toyManifest } from './toy-manifest';

const BASE = 'https://here.test/models/toy/';
const [toy] = toyManifest().models;
const graph = textFile('unet-twin.onnx', 'twin');
const key = shardKey('toy', graph.shards[0]);
const withTwin = (twin: Twin): DiffusionEntry => ({
  ...toy,
  components: { ...toy.components, unet: { ...toy.components.unet, [twin]: graph } },
});

const TEXTS: Record<string, string> = {
  'tokenizer.json': 'toks',
  'tokenizer_config.json': 'conf',
  'unet-twin.onnx': 'twin',
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

/** A model like the toy, installed into a store of this session from its own site; then it is said to lie at `baseUrl`. */
async function found(entry: DiffusionEntry, baseUrl: string | null = BASE) {
  const store = memoryWeightStore();
  const at = (base: string | null) =>
    ({
      find: () => Promise.resolve({ entry, baseUrl: base }),
      openStore: () => Promise.resolve(store),
      openSession: () => store,
    }) as unknown as ModelAccess;
  const asked = options();
  await findInstalled(at(BASE), 'toy', { intoMemory: true }, asked);
  const model = await findInstalled(at(baseUrl), 'toy', { intoMemory: true }, asked);
  return { ...model, ...asked, store };
}

describe.each(TWINS)('%s', (twin) => {
  const entry = withTwin(twin);

  test('its graphs come when they are asked for, and not with the model', async () => {
    const { fetchTwins, readFile, store } = await found(entry);
    expect(fetched).toHaveLength(modelFiles(toy).length);
    expect(fetched).not.toContain('unet-twin.onnx');
    expect(await fetchTwins(twin)).toBe(true);
    expect(fetched.filter((path) => path === 'unet-twin.onnx')).toHaveLength(1);
    expect(await (await readFile(graph)).text()).toBe('twin');
    expect((await installRecord(store, 'toy'))?.shardKeys).toContain(key);

    offline = true; // the next visit
    expect(await fetchTwins(twin)).toBe(true);
  });

  test('a model without such graphs, or that came by hand or from elsewhere, is asked for none', async () => {
    const all = await Promise.all([
      found(toy),
      found(entry, null),
      found(entry, 'https://elsewhere.test/toy/'),
    ]);
    const answers = await Promise.all(all.map(({ fetchTwins }) => fetchTwins(twin)));
    expect(answers).toEqual([false, false, false]);
    const [other] = TWINS.filter((one) => one !== twin);
    expect(await (await found(entry)).fetchTwins(other)).toBe(false);
    expect(fetched).not.toContain('unet-twin.onnx');
  });

  test('graphs that cannot be had now are no error, and a cancelled job is', async () => {
    const { fetchTwins, controller, store } = await found(entry);
    offline = true;
    expect(await fetchTwins(twin)).toBe(false);
    expect(await store.shardKeys()).not.toContain(key);
    controller.abort();
    await expect(fetchTwins(twin)).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('its graphs are no part of an install, are fetched once, and go with the model', async () => {
    expect(modelFiles(entry)).toEqual(modelFiles(toy));
    const store = memoryWeightStore();
    await store.markInstalled({ modelId: 'toy', shardKeys: [], installedAt: new Date(0) });
    const install = () => installTwins(entry, twin, BASE, store, options());
    await install();
    await install();
    expect(fetched).toEqual(['unet-twin.onnx']);
    expect((await installRecord(store, 'toy'))?.shardKeys).toEqual([key]);
    await removeModel(store, 'toy', entry);
    expect(await store.shardKeys()).toEqual([]);
  });

  test('its graphs make no other model', async () => {
    expect(await modelHash(entry)).toBe(await modelHash(toy));
  });
});
