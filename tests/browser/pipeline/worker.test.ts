import { afterEach, expect, test } from 'vitest';
import { readRequest } from '../../../src/image/synthetic-texts';
import InferenceWorker from '../../../workers/inference.worker?worker';
import CrashingWorker from '../workers/crashing.worker?worker';
import DeniedDownloadWorker from '../workers/denied-download.worker?worker';
import DeniedInferenceWorker from '../workers/denied-inference.worker?worker';
import LosingWorker from '../workers/losing.worker?worker';
import WrongGpuWorker from '../workers/wrong-gpu.worker?worker';
import {
  changedManifest,
  follow,
  generate,
  installed,
  removeClients,
  request,
  start,
} from './worker-clients';

afterEach(removeClients);

async function pixelsOf(png: Blob): Promise<number[]> {
  const bitmap = await createImageBitmap(png);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return [...context.getImageData(0, 0, bitmap.width, bitmap.height).data];
}

function largestDifference(a: number[], b: number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

test('a prompt becomes a PNG that holds its request', async () => {
  const client = start();
  const install = follow();
  await client.install(request.modelId, install.options);
  await expect.poll(() => install.stages).toEqual(['download', 'verify']); // by a port of its own
  expect(await client.isInstalled(request.modelId)).toBe(true);

  const prepare = follow();
  const report = await client.prepare(request.modelId, 'wasm', prepare.options);
  expect(report).toMatchObject({ backend: 'wasm', reason: { kind: 'choseCpu' } });
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
  const [learned] = (await client.readTexts(request.modelId, ['Zebra'], ['other', 'zebra']))!;
  expect(learned).toMatchObject({ knownWords: ['Zebra'], unknownWords: [], nothingKnown: false });
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
  expect(image.backend).toMatchObject({ backend: 'webgpu', reason: { kind: 'choseWebGpu' } });
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
  expect(reports[0].reason).toEqual({ kind: 'lostTwice' });
  expect(numWorkers).toBe(3);
});

test('a GPU that computes wrong numbers fails its self-test and leaves the work to the CPU', async () => {
  const client = await installed({ startInference: () => new WrongGpuWorker() });
  const report = await client.prepare(request.modelId, 'webgpu', follow().options);
  expect(report.backend).toBe('wasm');
  expect(report.reason).toEqual({ kind: 'wrongNumbers' });
}, 300_000);

test('a self-test that fails on the CPU too is SelfTestFailed', async () => {
  const manifestUrl = await changedManifest(({ models: [model] }) => {
    model.components.unet.selfTest!.values[0] += 1;
  });
  const client = await installed({ manifestUrl });
  const job = client.prepare(request.modelId, 'wasm', follow().options);
  await expect(job).rejects.toMatchObject({ name: 'SelfTestFailed' });
});

test('a later visit makes a picture first and tests the numbers behind it; wrong ones end the next job', async () => {
  const earlier = await installed();
  const pixelHash = (await generate(earlier)).pixelHash;

  const later = start();
  const prepare = follow();
  await later.prepare(request.modelId, 'wasm', prepare.options);
  expect(prepare.stages).not.toContain('self-test');
  for (const _ of ['before the tests', 'after them']) {
    expect((await generate(later)).pixelHash).toBe(pixelHash);
  }

  const manifestUrl = await changedManifest(({ models: [model] }) => {
    model.components.unet.selfTest!.values[0] += 1;
  });
  const wrong = start({ manifestUrl });
  await generate(wrong);
  const failed = { name: 'SelfTestFailed' };
  await expect(generate(wrong)).rejects.toMatchObject(failed);
  // Not trusted any more: tested at once.
  const again = start({ manifestUrl });
  await expect(again.prepare(request.modelId, 'wasm', follow().options)).rejects.toMatchObject(
    failed,
  );
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

test('a request that the model cannot do is refused before a weight is there', async () => {
  const client = start();
  const tooLong = { ...request, prompt: 'x'.repeat(10_000) };
  const refused = { name: 'RequestInvalid' };
  await expect(client.check(tooLong)).rejects.toMatchObject(refused);
  await expect(generate(client, 'wasm', tooLong)).rejects.toMatchObject(refused);
  await expect(client.check(request)).resolves.toBeUndefined();
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
