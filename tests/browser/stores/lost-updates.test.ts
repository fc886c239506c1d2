import { beforeEach, expect, test, vi } from 'vitest';
import { installModel, withModelLock } from '../../../src/models/download/download';
import { findModel, modelBaseUrl } from '../../../src/models/manifest/located-model';
import { loadManifest } from '../../../src/models/manifest/load-manifest';
import type { ModelEntry } from '../../../src/models/manifest/manifest';
import { isInstalled, openWeightStore, removeModel } from '../../../src/models/store/weight-store';
import { nextTask } from '../../../src/common/next-task';
import { createWorkerClient } from '../../../src/bridge/worker-client';
import { createDownloadJobs } from '../../../src/models/installed/download-jobs';
import type { GeneratedImage } from '../../../src/contract/picture';
import type { GenerationRequest } from '../../../src/contract/request';
import golden from '../../fixtures/tiny-model/golden.json';

const MANIFEST_URL = new URL('../../fixtures/tiny-model/model-manifest.json', import.meta.url).href;
const ignore = () => undefined;
const options = { signal: new AbortController().signal, onProgress: ignore };

beforeEach(() => void indexedDB.deleteDatabase('weights'));

/** A download worker's jobs, in this thread: what two tabs have. */
function startJobs() {
  const jobs = createDownloadJobs();
  jobs.init({ manifestUrl: MANIFEST_URL });
  return jobs;
}

test('a removal in one tab and a use noted in another leave neither a record nor a shard', async () => {
  const [a, b] = [startJobs(), startJobs()];
  const store = await openWeightStore();
  for (let i = 0; i < 10; i++) {
    await a.install(`${i}`, 'tiny', ignore);
    await Promise.all([
      b.installGraphs(`${i}`, 'tiny', ['loraGraph'], ignore),
      ...[a, b, a, b].map((tab) => tab.noteUse('tiny')),
    ]);
    expect(await a.hasGraphs('tiny', ['loraGraph'])).toBe(true);
    // At every moment of the removal a note is on its way.
    let removed = false;
    const removing = a.remove('tiny').finally(() => (removed = true));
    const notes: Promise<void>[] = [];
    while (!removed) {
      if (notes.length < 100) notes.push(b.noteUse('tiny'));
      await nextTask();
    }
    await Promise.all([removing, ...notes]);
    expect(await store.installed()).toEqual([]);
    expect(await store.shardKeys()).toEqual([]);
  }
  store.close();
});

test('a model that shares its shards with one that is removed meanwhile is whole in the end', async () => {
  const entry = findModel(await loadManifest(MANIFEST_URL), 'tiny');
  const twin: ModelEntry = { ...entry, id: 'twin' };
  const baseUrl = modelBaseUrl(MANIFEST_URL, entry);
  const store = await openWeightStore();
  await installModel(entry, baseUrl, store, options);
  const real = store.shardKeys.bind(store);
  let removed = false;
  // The moment between "all of it is there" and the mark.
  vi.spyOn(store, 'shardKeys').mockImplementation(async () => {
    const keys = await real();
    if (!removed) {
      removed = true;
      await withModelLock('tiny', options, () => removeModel(store, 'tiny', entry));
    }
    return keys;
  });
  await installModel(twin, baseUrl, store, options);
  expect(removed).toBe(true);
  expect(await isInstalled(store, twin)).toBe(true);
  await removeModel(store, 'twin', twin);
  expect(await real()).toEqual([]);
  store.close();
});

test('a tuned picture is made after its base was deleted and installed again, in the same page', async () => {
  const client = createWorkerClient({ manifestUrl: MANIFEST_URL });
  const lora = { factors: [], strength: 1, sha256: '0' };
  const request = { ...golden.request, numInferenceSteps: 1, lora } as GenerationRequest;
  const make = (): Promise<GeneratedImage> => client.generate(request, 'wasm', options);
  await client.install('tiny', options);
  expect((await make()).width).toBeGreaterThan(0);
  await client.remove('tiny');
  await client.install('tiny', options);
  expect((await make()).width).toBeGreaterThan(0);
  await client.remove('tiny');
  client.dispose();
});
