import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { createScheduler } from '../../../src/diffusion/schedulers/index';
import { installModel } from '../../../src/models/download/download';
import { modelBaseUrl } from '../../../src/models/manifest/located-model';
import {
  hasUnmeasured,
  measuredEntry,
  measureFiles,
} from '../../../src/models/store/measure-files';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { modelFiles, unetOf } from '../../../src/models/manifest/model-files';
import { validateManifest } from '../../../src/models/manifest/validate-manifest';
import { memoryWeightStore } from '../../../src/models/store/memory-weight-store';
import { modelShards, readModelFile } from '../../../src/models/store/weight-store';
import { toyManifest } from './toy-manifest';

const text = readFileSync(new URL('../../../hub-manifest.json', import.meta.url), 'utf8');
const hub = () => validateManifest(JSON.parse(text));
const never = new AbortController().signal;
afterEach(() => vi.unstubAllGlobals());

test('each entry says that nobody ran it here, and its schedulers can be made', () => {
  for (const entry of hub().models) {
    expect(entry.unverified).toContain('Unverified here');
    const { scheduler, numInferenceSteps } = entry.defaults;
    expect(createScheduler(entry, scheduler, numInferenceSteps).steps.length).toBeGreaterThan(0);
  }
});

test('a file of 1.7 GB becomes ranges of at most 32 MiB, without gaps', () => {
  const { graph } = unetOf(hub().models[0])!;
  expect(graph.shards).toHaveLength(52);
  let end = 0;
  for (const { path, offset, bytes, sha256 } of graph.shards) {
    expect({ path, offset, sha256 }).toEqual({ path: graph.path, offset: end, sha256: null });
    expect(bytes).toBeLessThanOrEqual(32 * 2 ** 20);
    end += bytes;
  }
  expect(end).toBe(graph.bytes);
});

test('SD-Turbo starts where its makers say: timestep 999, σ = 14.6146, input over √(σ² + 1)', () => {
  const [turbo] = hub().models;
  const { steps, initNoiseSigma } = createScheduler(turbo, 'euler', 1);
  expect(steps[0].timestep).toBe(999);
  expect(initNoiseSigma).toBeCloseTo(14.6146, 3);
  expect(steps[0].inputScale).toBeCloseTo(1 / Math.sqrt(14.6146 ** 2 + 1), 5);
});

/** The toy model, its tokenizer given by paths and without lengths, from a host that has all files. */
function unmeasured() {
  const json = toyManifest() as unknown as { models: [{ tokenizer: Record<string, unknown> }] };
  const { tokenizer } = json.models[0];
  tokenizer.file = { name: 'tokenizer.json', path: 'clip/tokenizer.json', bytes: null };
  const manifest = validateManifest(JSON.parse(JSON.stringify(json)));
  const [entry] = manifest.models as DiffusionEntry[];
  const baseUrl = modelBaseUrl('https://hub.test/model-manifest.json', entry);
  vi.stubGlobal('fetch', (url: string) => {
    const path = url.slice(baseUrl.length);
    const shard = modelShards(entry).find((shard) => shard.path === path);
    const body = path === 'clip/tokenizer.json' ? '{"vocab":1}' : contents(entry, shard?.path);
    return Promise.resolve(new Response(body));
  });
  return { entry, baseUrl };
}

function contents(entry: ReturnType<typeof toyManifest>['models'][0], path = '') {
  const kind = path.endsWith('.onnx') ? 'graph' : 'weights';
  if (path === 'tokenizer_config.json') return 'conf';
  expect(modelFiles(entry).map(({ name }) => name)).toContain(path);
  return `${kind} of ${path.replace(/\..*/, '')}`;
}

test('a file of unknown length is measured at install, and found again afterwards', async () => {
  const { entry, baseUrl } = unmeasured();
  expect(hasUnmeasured(entry)).toBe(true);
  const store = memoryWeightStore();
  await installModel(entry, baseUrl, store, { signal: never, onProgress: () => undefined });

  const measured = (await measuredEntry(store, entry)) as DiffusionEntry;
  expect(hasUnmeasured(measured)).toBe(false);
  expect(measured.tokenizer.file.bytes).toBe(11);
  const blob = await readModelFile(store, entry.id, measured.tokenizer.file);
  expect(await blob.text()).toBe('{"vocab":1}');
});

test('an entry whose lengths are all known is asked of nobody', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('asked')));
  const [entry] = toyManifest().models;
  expect(await measureFiles(entry, 'https://hub.test/', never)).toBe(entry);
});
