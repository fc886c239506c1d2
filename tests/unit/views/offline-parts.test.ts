import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { unetOf } from '../../../src/models/manifest/model-files';
import { offlineParts, offlineWords } from '../../../src/views/storage/state/offline-parts';

const MANIFEST = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../model-manifest.json'), 'utf8'),
) as ModelManifest;
const OWN = MANIFEST.models[0];
const FILES = [
  { path: 'assets/DatasetsView-abc.js', bytes: 10 },
  { path: 'assets/niivue-abc.js', bytes: 20 },
  { path: 'assets/openjphjs-abc.wasm', bytes: 30 },
  { path: 'assets/ort-wasm-simd-threaded.asyncify-abc.wasm.gz', bytes: 1000 },
  { path: 'assets/ort-wasm-simd-threaded.jspi-abc.wasm.gz', bytes: 2000 },
  { path: 'assets/runtime-ort.webgpu.min-abc.js', bytes: 3000 },
  { path: 'assets/remote-download.worker-abc.js', bytes: 4000 },
];
const ids = (parts: { id: string }[]) => parts.map(({ id }) => id);

test('the other build of the runtime and what only other hosts need are never fetched', () => {
  const jspi = offlineParts(FILES, MANIFEST, OWN, 'jspi');
  const paths = jspi.flatMap(({ files }) => files.map(({ path }) => path));
  expect(paths.join(' ')).toContain('jspi');
  expect(paths.join(' ')).not.toMatch(/asyncify|webgpu|remote/);
  const other = offlineParts(FILES, MANIFEST, OWN, 'asyncify').flatMap(({ files }) => files);
  expect(other.map(({ path }) => path).join(' ')).not.toContain('jspi');
});

test('a second UNet is offered and not fetched unasked; its bytes are what is not there yet', () => {
  const parts = offlineParts(FILES, MANIFEST, OWN, 'jspi');
  expect(ids(parts)).toEqual(['views', 'codecs', 'volumes', 'evaluation', 'finetune']);
  expect(parts.map(({ wanted }) => wanted)).toEqual([true, true, true, true, false]);
  const { bytes, model } = parts.at(-1)!;
  const whole = unetOf(model!)!.graph.bytes;
  expect(bytes).toBeGreaterThan(whole);
  // Text encoder and autoencoder are shared, so the second model costs less than a whole one.
  const all = Object.values(model!.components).flatMap(({ graph, weights }) => [
    graph.bytes,
    ...weights.map((one) => one.bytes),
  ]);
  expect(bytes).toBeLessThan(all.reduce((sum, n) => sum + n, 0));
});

test('where the studio shows the model to train, its training graphs are fetched with the rest', () => {
  const guided = MANIFEST.models.find((one) => unetOf(one)?.trainingGraph)!;
  const part = offlineParts(FILES, MANIFEST, guided, 'jspi').at(-1)!;
  expect(part).toMatchObject({ id: 'finetune', wanted: true, model: guided });
  const { loraGraph, trainingGraph } = unetOf(guided)!;
  expect(part.bytes).toBe(loraGraph!.bytes + trainingGraph!.bytes);
  expect(part.bytes).toBeLessThan(3e6); // not the weights once more
});

test('the words promise no more than is there', () => {
  const of = (...states: Parameters<typeof offlineWords>[0][number]['state'][]) =>
    offlineWords(states.map((state) => ({ state })));
  expect(of('stored', 'stored')).toBe('ready to work offline');
  expect(of('stored', 'left out')).toBe('ready to work offline, in part');
  expect(of('stored', 'waiting')).toBe('getting ready to work offline');
  expect(of('stored', 'failed')).toBe('not ready to work offline');
  expect(of('left out', 'left out')).toBe('offline: the studio only');
});
