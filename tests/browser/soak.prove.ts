/** Long visits, and graphics devices that refuse: `npm run prove-soak`. Many minutes. */
import { afterAll, expect, test } from 'vitest';
import { runFinetune } from '../../src/finetune-client';
import type { KeptPart } from '../../src/finetune/run';
import { createWorkerClient } from '../../src/worker-client';
import type { BackendChoice, GenerationRequest } from '../../workers/api';
import golden from '../fixtures/tiny-model/golden.json';
import { jobOf, SETTINGS, watch } from './finetune-job';
import { largestDifference } from './fixture-model';
import CountingFinetune from './workers/counting-finetune.worker?worker';
import CountingInference from './workers/counting-inference.worker?worker';

/** What the page and its workers hold, garbage collected before, MiB; the browser takes up to a minute for it. */
async function heldMegabytes(): Promise<number> {
  const memory = performance as unknown as {
    measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
  };
  return (await memory.measureUserAgentSpecificMemory()).bytes / 2 ** 20;
}

const MANIFEST_URL = new URL('../fixtures/tiny-model/model-manifest.json', import.meta.url).href;
const HOUR = 3_600_000;
const options = { signal: new AbortController().signal, onProgress: () => undefined };
// Without guidance: the software adapter compiles every shader anew for a batch of two.
const request = {
  ...golden.request,
  ...{ guidanceScale: 1, numInferenceSteps: 2 },
} as GenerationRequest;
const ask = (imageIndex: number) => ({ ...request, imageIndex });

interface Buffers {
  created: number;
  live: number;
  bytes: number;
}

/** Of the workers that count. */
const channel = new BroadcastChannel('live buffers');
afterAll(() => channel.close());
function countBuffers(): Promise<Buffers> {
  return new Promise((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<Buffers>) => resolve(data);
    channel.postMessage('how many');
  });
}

/** Says what a visit held after its first tenth, and at its end: the most of the last fifth. */
function report(what: string, values: number[], unit: string): { early: number; late: number } {
  const early = values[Math.floor(0.1 * values.length)];
  const late = Math.max(...values.slice(Math.floor(0.8 * values.length)));
  console.log(`${what}: ${early.toFixed(1)} ${unit} after a tenth, ${late.toFixed(1)} at the end`);
  return { early, late };
}

async function pixels(png: Blob): Promise<Uint8ClampedArray> {
  const bitmap = await createImageBitmap(png);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

async function installed(startInference?: () => Worker) {
  const client = createWorkerClient({ manifestUrl: MANIFEST_URL, startInference });
  await client.install(request.modelId, options);
  return client;
}

test(
  '600 images in one visit on the CPU leave memory as it was after the first tenth',
  async () => {
    const client = await installed();
    const megabytes: number[] = [];
    for (let i = 0; i < 600; i++) {
      await client.generate(ask(i), 'wasm', options);
      if (i % 180 === 59) megabytes.push(await heldMegabytes());
    }
    client.dispose();
    const { early, late } = report('600 images, wasm', megabytes, 'MiB of page and workers');
    expect(late - early).toBeLessThan(0.03 * early);
  },
  HOUR,
);

/** Trains so many steps, and samples `measure` every `every` of them: the run waits for its checkpoint to be kept. */
async function trainWatching(
  numSteps: number,
  every: number,
  choice: BackendChoice,
  measure: () => Promise<number>,
  startFinetune?: () => Worker,
) {
  const settings = {
    ...SETTINGS,
    ...{ numSteps, checkpointEvery: every, evaluateEvery: numSteps, sampleEvery: numSteps },
    numSamples: 0,
  };
  const measured: number[] = [];
  const keep = async ({ kind }: KeptPart) => {
    if (kind === 'checkpoint') measured.push(await measure());
  };
  const { options: run } = watch({ keep, startFinetune });
  await runFinetune(jobOf(8, { settings, choice }), run);
  return measured;
}

test(
  '2,000 training steps in one visit on the CPU leave memory as it was after the first tenth',
  async () => {
    const megabytes = await trainWatching(2000, 600, 'wasm', heldMegabytes);
    expect(megabytes.length).toBeGreaterThan(2);
    const { early, late } = report('2,000 steps, wasm', megabytes, 'MiB of page and workers');
    expect(late - early).toBeLessThan(0.03 * early);
  },
  HOUR,
);

test(
  '40 images on the software adapter leave as many buffers as after the first tenth',
  async () => {
    const client = await installed(() => new CountingInference());
    const live: number[] = [];
    for (let i = 0; i < 40; i++) {
      await client.generate(ask(i), 'webgpu', options);
      const buffers = await countBuffers();
      live.push(buffers.live);
      if (i === 39) console.log('buffers made', buffers.created, 'live bytes', buffers.bytes);
    }
    client.dispose();
    const { early, late } = report('40 images, WebGPU', live, 'live buffers');
    expect(late).toBeLessThanOrEqual(early + 1);
  },
  HOUR,
);

test(
  '60 training steps on the software adapter leave as many buffers as after the first tenth',
  async () => {
    const measure = async () => (await countBuffers()).live;
    const live = await trainWatching(60, 2, 'webgpu', measure, () => new CountingFinetune());
    expect(live.length).toBeGreaterThan(25);
    const { early, late } = report('60 steps, WebGPU', live, 'live buffers');
    expect(late).toBeLessThanOrEqual(early + 1);
  },
  HOUR,
);

test(
  'a buffer that is refused, or a device that goes with it, never makes a wrong picture',
  async () => {
    const onCpu = await installed();
    const expected = await pixels((await onCpu.generate(ask(0), 'wasm', options)).png);
    onCpu.dispose();
    let total = 0;
    const outcomes: Record<string, number> = {};
    const attempt = async (name: string) => {
      let numWorkers = 0;
      // Only the first worker misbehaves; those in its place are as they should be.
      const client = await installed(
        () => new CountingInference({ name: numWorkers++ === 0 ? name : 'well-behaved' }),
      );
      const made = await client.generate(ask(0), 'webgpu', options).catch((error: Error) => error);
      total ||= (await countBuffers()).created;
      client.dispose();
      expect(numWorkers).toBeLessThanOrEqual(3);
      const outcome = made instanceof Error ? made.name : 'the right picture';
      if (made instanceof Error)
        expect(['DeviceLost', 'OutOfMemory', 'RuntimeFailed', 'SelfTestFailed']).toContain(
          made.name,
        );
      else expect(largestDifference(await pixels(made.png), expected)).toBeLessThanOrEqual(1);
      outcomes[`${name.split('-')[0]}: ${outcome}`] =
        (outcomes[`${name.split('-')[0]}: ${outcome}`] ?? 0) + 1;
    };
    await attempt('none-0');
    const PLACES = 10;
    for (const act of ['refuse', 'destroy']) {
      for (let k = 0; k < PLACES; k++) await attempt(`${act}-${Math.floor((k * total) / PLACES)}`);
    }
    console.log(`of ${total} buffers`, JSON.stringify(outcomes));
  },
  HOUR,
);
