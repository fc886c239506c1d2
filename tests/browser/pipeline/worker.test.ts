import { afterEach, expect, test } from 'vitest';
import { readRequest } from '../../../src/image/synthetic-texts';
import { loadManifest } from '../../../src/models/manifest/load-manifest';
import type { DiffusionManifest } from '../../diffusion-manifest';
import { createWorkerClient, type WorkerClient } from '../../../src/bridge/worker-client';
import type { GenerationProgress } from '../../../src/contract/picture';
import type { BackendChoice, GenerationRequest } from '../../../src/contract/request';
import InferenceWorker from '../../../workers/inference.worker?worker';
import golden from '../../fixtures/tiny-model/golden.json';
import CrashingWorker from '../workers/crashing.worker?worker';
import DeniedDownloadWorker from '../workers/denied-download.worker?worker';
import DeniedInferenceWorker from '../workers/denied-inference.worker?worker';
import LosingWorker from '../workers/losing.worker?worker';
import WrongGpuWorker from '../workers/wrong-gpu.worker?worker';

const MANIFEST_URL = new URL('../../fixtures/tiny-model/model-manifest.json', import.meta.url).href;
const request = golden.request as GenerationRequest;
const clients: WorkerClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) {
    await client.remove(request.modelId).catch(() => undefined);
    client.dispose();
  }
});

type Options = Parameters<typeof createWorkerClient>[0];

function start(options: Options = {}): WorkerClient {
  const client = createWorkerClient({ manifestUrl: MANIFEST_URL, ...options });
  clients.push(client);
  return client;
}

/** The job's options, and the stages it went through. */
function follow(onProgress: (progress: GenerationProgress) => void = () => undefined) {
  const controller = new AbortController();
  const stages: string[] = [];
  const options = {
    signal: controller.signal,
    onProgress: (progress: GenerationProgress) => {
      if (stages.at(-1) !== progress.stage) stages.push(progress.stage);
      onProgress(progress);
    },
  };
  return { controller, stages, options };
}

async function installed(options?: Options): Promise<WorkerClient> {
  const client = start(options);
  await client.install(request.modelId, follow().options);
  return client;
}

function generate(client: WorkerClient, choice: BackendChoice = 'wasm', change = {}) {
  return client.generate({ ...request, ...change }, choice, follow().options);
}

async function pixelsOf(png: Blob): Promise<number[]> {
  const bitmap = await createImageBitmap(png);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return [...context.getImageData(0, 0, bitmap.width, bitmap.height).data];
}

function largestDifference(a: number[], b: number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

/** The tiny manifest with a change, at a URL of its own. */
async function changedManifest(change: (manifest: DiffusionManifest) => void): Promise<string> {
  const manifest = (await (await fetch(MANIFEST_URL)).json()) as DiffusionManifest;
  const [model] = manifest.models;
  model.baseUrl = new URL(model.baseUrl, MANIFEST_URL).href;
  change(manifest);
  return URL.createObjectURL(new Blob([JSON.stringify(manifest)]));
}

test('a prompt becomes a PNG that holds its request', async () => {
  const client = start();
  const install = follow();
  await client.install(request.modelId, install.options);
  expect(install.stages).toEqual(['download', 'verify']);
  expect(await client.isInstalled(request.modelId)).toBe(true);

  const prepare = follow();
  const report = await client.prepare(request.modelId, 'wasm', prepare.options);
  expect(report).toMatchObject({ backend: 'wasm', reason: 'You chose the CPU.' });
  expect(prepare.stages.slice(0, 3)).toEqual(['compile', 'self-test', 'compile']);

  const run = follow();
  const image = await client.generate(request, 'wasm', run.options);
  // Progress comes by a port of its own, and so perhaps after the result.
  await expect.poll(() => run.stages).toEqual(['encode', 'denoise', 'decode', 'save']);
  expect(await readRequest(image.png)).toEqual(request);
  expect(image).toMatchObject({ width: 64, height: 64, request, backend: report });
  expect(image).toMatchObject({ unknownWords: [], ignoredWords: [] });
  expect(image.modelHash).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(await pixelsOf(image.png)).size).toBeGreaterThan(20);
});

test('the worker says what the model makes of words, once it is stored', async () => {
  const client = start();
  const texts = [
    'ankle fracture CT, zebra',
    '[chest] x-ray of a zebra',
    'please a picture of 3',
    '',
  ];
  expect(await client.readTexts(request.modelId, texts)).toBeNull();
  await client.install(request.modelId, follow().options);
  const readings = await client.readTexts(request.modelId, texts);
  expect(readings).toMatchObject([
    { knownWords: [], unknownWords: ['ankle', 'fracture', 'CT', 'zebra'], nothingKnown: true },
    { knownWords: ['chest', 'x-ray'], unreadWeights: ['[chest]'], nothingKnown: false },
    { knownWords: [], unknownWords: [], nothingKnown: true },
    { knownWords: [], nothingKnown: false },
  ]);
  const [learned] = (await client.readTexts(request.modelId, ['Zebra'], 'zebra'))!;
  expect(learned).toMatchObject({ knownWords: ['Zebra'], unknownWords: [], nothingKnown: false });
});

test('the second visit fetches no weight', async () => {
  await installed();
  const second = start();
  expect(await second.isInstalled(request.modelId)).toBe(true);
  const install = follow();
  await second.install(request.modelId, install.options);
  expect(install.stages).toEqual([]);
});

test('cancel ends a run within a step, and the next run works', async () => {
  const client = await installed();
  let steps = 0;
  const run = follow((progress) => {
    if (progress.stage !== 'denoise') return;
    steps = progress.step;
    if (progress.step === 3) run.controller.abort();
  });
  const job = client.generate({ ...request, numInferenceSteps: 50 }, 'wasm', run.options);
  await expect(job).rejects.toMatchObject({ name: 'AbortError' });
  expect(steps).toBeLessThan(50);
  await expect(generate(client)).resolves.toMatchObject({ width: 64 });
});

test('a job that waits its turn can be cancelled', async () => {
  const client = await installed();
  const first = generate(client, 'wasm', { numInferenceSteps: 50 });
  const waiting = follow();
  const second = client.generate(request, 'wasm', waiting.options);
  waiting.controller.abort();
  await expect(second).rejects.toMatchObject({ name: 'AbortError' });
  expect(waiting.stages).toEqual(['queued']);
  await expect(first).resolves.toMatchObject({ width: 64 });
});

// The software adapter compiles shaders for seconds per shape: WebGPU runs keep to one shape, without guidance.
const UNGUIDED = { guidanceScale: 1, numInferenceSteps: 3 };

test('an image whose device is lost starts over, and comes out as on the CPU', async () => {
  const client = await installed();
  const onCpu = await generate(client, 'wasm', UNGUIDED);
  const steps: number[] = [];
  const run = follow((progress) => {
    if (progress.stage !== 'denoise') return;
    steps.push(progress.step);
    if (steps.length === 2) void client.loseDevice();
  });
  const image = await client.generate({ ...request, ...UNGUIDED }, 'webgpu', run.options);
  expect(steps.filter((step) => step === 0)).toHaveLength(2);
  expect(image.backend).toMatchObject({ backend: 'webgpu', reason: 'You chose WebGPU.' });
  // float32 sums in another order; half a grey level decides a rounding.
  expect(
    largestDifference(await pixelsOf(image.png), await pixelsOf(onCpu.png)),
  ).toBeLessThanOrEqual(2);
}, 300_000);

test('a device that is lost twice leaves the work to the CPU and says so, to jobs that wait as well', async () => {
  let numWorkers = 0;
  const client = start({
    startInference: () => {
      numWorkers++;
      return new LosingWorker();
    },
  });
  const jobs = ['first', 'second'].map((id) => client.prepare(id, 'webgpu', follow().options));
  const reports = await Promise.all(jobs);
  expect(reports.map(({ device }) => device)).toEqual(['first', 'second']);
  expect(reports[0].reason).toContain('lost twice');
  expect(numWorkers).toBe(3);
});

test('a GPU that computes wrong numbers fails its self-test and leaves the work to the CPU', async () => {
  const client = await installed({ startInference: () => new WrongGpuWorker() });
  const report = await client.prepare(request.modelId, 'webgpu', follow().options);
  expect(report.backend).toBe('wasm');
  expect(report.reason).toContain('wrong numbers');
}, 300_000);

test('a self-test that fails on the CPU too is SelfTestFailed', async () => {
  const manifestUrl = await changedManifest(({ models: [model] }) => {
    model.components.unet.selfTest!.values[0] += 1;
  });
  const client = await installed({ manifestUrl });
  const job = client.prepare(request.modelId, 'wasm', follow().options);
  await expect(job).rejects.toMatchObject({ name: 'SelfTestFailed' });
});

test('a browser that denies IndexedDB still makes images, from memory', async () => {
  const client = start({
    startInference: () => new DeniedInferenceWorker(),
    startDownload: () => new DeniedDownloadWorker(),
  });
  const install = client.install(request.modelId, follow().options);
  await expect(install).rejects.toMatchObject({ name: 'StorageDenied' });
  expect(await client.isInstalled(request.modelId)).toBe(false);
  const prepare = follow();
  await client.prepare(request.modelId, 'wasm', prepare.options);
  expect(prepare.stages.slice(0, 3)).toEqual(['download', 'verify', 'compile']);
  const run = follow();
  await expect(client.generate(request, 'wasm', run.options)).resolves.toMatchObject({ width: 64 });
  expect(run.stages).not.toContain('download');
});

test('a model that is not installed, or not known, is a named error', async () => {
  const client = start();
  await expect(generate(client)).rejects.toMatchObject({
    name: 'ModelCorrupt',
    message: expect.stringContaining('Download it') as string,
  });
  await expect(generate(client, 'wasm', { modelId: 'nope' })).rejects.toMatchObject({
    name: 'ModelUnsupported',
    message: expect.stringContaining('"nope"') as string,
  });
});

test('a request that the model cannot do is refused before a weight is there', async () => {
  const client = start();
  const tooLong = { ...request, prompt: 'x'.repeat(10_000) };
  const refused = { name: 'RequestInvalid' };
  await expect(client.check(tooLong)).rejects.toMatchObject(refused);
  await expect(generate(client, 'wasm', tooLong)).rejects.toMatchObject(refused);
  await expect(client.check(request)).resolves.toBeUndefined();
});

test('an altered shard is ModelCorrupt, a missing one NetworkFailed, and neither installs', async () => {
  const altered = await changedManifest(({ models: [model] }) => {
    model.components.unet.graph.shards[0].sha256 = 'a'.repeat(64);
  });
  const client = start({ manifestUrl: altered });
  await expect(client.install(request.modelId, follow().options)).rejects.toMatchObject({
    name: 'ModelCorrupt',
  });
  expect(await client.isInstalled(request.modelId)).toBe(false);

  const missing = await changedManifest(({ models: [model] }) => {
    Object.assign(model.components.unet.graph.shards[0], { path: 'gone.onnx', sha256: null });
  });
  const other = start({ manifestUrl: missing });
  await expect(other.install(request.modelId, follow().options)).rejects.toMatchObject({
    name: 'NetworkFailed',
  });
  expect(await other.isInstalled(request.modelId)).toBe(false);
});

test('a manifest that does not fit its schema is refused by the page, and by name where a worker meets it', async () => {
  const manifestUrl = await changedManifest((manifest) => Object.assign(manifest, { models: [] }));
  await expect(loadManifest(manifestUrl)).rejects.toMatchObject({ name: 'ManifestInvalid' });
  const client = start({ manifestUrl });
  await expect(client.install(request.modelId, follow().options)).rejects.toMatchObject({
    name: 'ModelUnsupported',
  });
});

test('a worker that crashes fails its call by name, and the next call starts a new one', async () => {
  const workers = [CrashingWorker, InferenceWorker];
  const client = await installed({ startInference: () => new (workers.shift()!)() });
  await expect(generate(client)).rejects.toMatchObject({ name: 'OutOfMemory' });
  await expect(generate(client)).resolves.toMatchObject({ width: 64 });
});

test('dispose ends what is running', async () => {
  const client = await installed();
  const job = generate(client, 'wasm', { numInferenceSteps: 50 });
  client.dispose();
  await expect(job).rejects.toMatchObject({ name: 'AbortError' });
});

test('what was learnt on other weights is refused before anything is fetched', async () => {
  const client = start();
  const { id: modelId } = ((await (await fetch(MANIFEST_URL)).json()) as DiffusionManifest)
    .models[0];
  const base = { modelId, version: '0.0.1', unetSha256: 'ab'.repeat(32) };
  const lora = { factors: [], strength: 1, title: 'Knees', base };
  await expect(client.check({ ...request, lora })).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringContaining('"Knees" was learnt on version 0.0.1 of Tiny') as string,
  });
  expect(await client.isInstalled(modelId)).toBe(false);
});

test('a browser that holds an earlier version fetches what is new and drops what is old', async () => {
  // Another file of the package stands for the graph as it was.
  const manifestUrl = await changedManifest(({ models: [{ components }] }) => {
    const { unet } = components;
    [unet.graph, unet.loraGraph] = [unet.loraGraph!, undefined];
  });
  const old = await installed({ manifestUrl });
  expect(await old.isInstalled(request.modelId)).toBe(true);

  const client = start();
  const [before] = await client.models();
  expect(before.state).toBe('partial');
  const missing = before.bytes - before.storedBytes;
  expect(missing).toBeGreaterThan(0);
  expect(missing).toBeLessThan(before.bytes / 2);
  const fetched: number[] = [];
  const { options } = follow((progress) => {
    if (progress.stage === 'download') fetched.push(progress.bytesTotal - progress.bytesDone);
  });
  await client.install(request.modelId, options);
  expect(Math.max(...fetched)).toBeLessThanOrEqual(missing);
  const { modelHash } = await generate(client);
  expect(modelHash).toBe((await client.models())[0].hash);
  expect(await old.isInstalled(request.modelId)).toBe(false);
});
