/** Long visits: `npm run prove-soak`. Many minutes. */
import { expect, test } from 'vitest';
import { runFinetune } from '../../../src/bridge/finetune-client';
import type { KeptPart } from '../../../src/finetune/run';
import type { BackendChoice } from '../../../src/contract/request';
import { ask, countBuffers, installed, options } from '../gpu/counted-client';
import { jobOf, SETTINGS, watch } from '../finetune/finetune-job';
import CountingFinetune from '../workers/counting-finetune.worker?worker';
import CountingInference from '../workers/counting-inference.worker?worker';

/** What the page and its workers hold, garbage collected before, MiB; the browser takes up to a minute for it. */
async function heldMegabytes(): Promise<number> {
  const memory = performance as unknown as {
    measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
  };
  return (await memory.measureUserAgentSpecificMemory()).bytes / 2 ** 20;
}

const HOUR = 3_600_000;

/**
 * Says what a visit held after its first tenth, the most up to three tenths, and at its end, the most of the last fifth: now and
 * then a reading is 2 MiB too low.
 */
function report(what: string, values: number[], unit: string): { early: number; late: number } {
  const [from, to] = [0.1, 0.3].map((share) => Math.floor(share * values.length));
  const early = Math.max(...values.slice(from, to));
  const late = Math.max(...values.slice(Math.floor(0.8 * values.length)));
  console.log(`${what}: ${early.toFixed(1)} ${unit} after a tenth, ${late.toFixed(1)} at the end`);
  return { early, late };
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
    const megabytes = await trainWatching(2000, 200, 'wasm', heldMegabytes);
    expect(megabytes).toHaveLength(10);
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
