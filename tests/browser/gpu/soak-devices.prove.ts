/**
 * Graphics devices that refuse, step by step: `npm run prove-soak`. Many minutes. In place of the first buffer of each step of a
 * picture `VITE_BUFFERS=74,260` tries these, and `VITE_BUFFERS=all` every one, which takes most of a night.
 */
import { expect, test } from 'vitest';
import { runEvaluation } from '../../../src/bridge/evaluation-client';
import type { EvaluationReport, ImageFeatures } from '../../../src/evaluation/report/report';
import { hashOf } from '../../../src/evaluation/metrics/hash';
import { IMAGE_LIMITS } from '../../../src/finetune/run';
import { encodePng } from '../../../src/image/png';
import { ask, countBuffers, installed, options } from './counted-client';
import { largestDifference } from '../pipeline/fixture-model';
import { runWith } from '../finetune/finetune-runs';
import type { Buffers } from '../workers/counting-buffers';
import CountingFinetune from '../workers/counting-finetune.worker?worker';
import CountingInference from '../workers/counting-inference.worker?worker';
import FailingEvaluation from '../workers/failing-evaluation.worker?worker';

const HOUR = 3_600_000;
const ACTS = ['refuse', 'destroy'];

/** What can be said to the user; "the runtime failed" is none of them. */
const NAMED = ['DeviceLost', 'OutOfMemory', 'SelfTestFailed'];

/** The first buffer of each step that makes one which can be refused. */
function placesOf({ steps, created, mapped }: Buffers): { name: string; at: number }[] {
  const ends = [...steps.slice(1).map((step) => step.created), created];
  return steps.flatMap(({ name, created: first }, i) => {
    const at = mapped.indexOf(false, first);
    return at >= 0 && at < ends[i] ? [{ name, at }] : [];
  });
}

/** Those that the environment names, or the first of each step. */
function chosenPlaces(buffers: Buffers) {
  const { VITE_BUFFERS: asked } = import.meta.env as { VITE_BUFFERS?: string };
  if (!asked) return placesOf(buffers);
  const all = Array.from({ length: buffers.created }, (_, at) => ({ name: `${at}`, at }));
  return all.filter(({ name }) => asked === 'all' || asked.split(',').includes(name));
}

/** How often each word was said: "the right picture 18, DeviceLost 2". */
function tally(words: string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${word} ${count}`).join(', ');
}

async function pixels(png: Blob): Promise<Uint8ClampedArray> {
  const bitmap = await createImageBitmap(png);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

/** One picture, whose first worker does what `name` says; those in its place are as they should be. */
async function makePicture(name: string) {
  let numWorkers = 0;
  const client = await installed(
    () => new CountingInference({ name: numWorkers++ === 0 ? name : 'well-behaved' }),
  );
  const made = await client.generate(ask(0), 'webgpu', options).catch((error: Error) => error);
  const buffers = await countBuffers();
  client.dispose();
  return { made, buffers, numWorkers };
}

test(
  'a buffer that is refused at any step of a picture, or a device that goes with it, never makes a wrong one',
  async () => {
    const onCpu = await installed();
    const expected = await pixels((await onCpu.generate(ask(0), 'wasm', options)).png);
    onCpu.dispose();
    const { made: undisturbed, buffers } = await makePicture('none');
    if (undisturbed instanceof Error) throw undisturbed;
    const places = chosenPlaces(buffers);
    expect(places.length).toBeGreaterThan(0);
    const outcomes: string[] = [];
    let restarts = 0;
    for (const act of ACTS) {
      for (const { name, at } of places) {
        const { made, numWorkers } = await makePicture(`${act}-${at}`);
        restarts = Math.max(restarts, numWorkers - 1);
        const outcome = made instanceof Error ? made.name : 'the right picture';
        console.log(`${act} at ${name} (${at}): ${outcome}, ${numWorkers} workers`);
        if (made instanceof Error) expect(NAMED).toContain(made.name);
        else expect(largestDifference(await pixels(made.png), expected)).toBeLessThanOrEqual(1);
        outcomes.push(outcome);
      }
    }
    const where = places.map(({ name }) => name).join(', ');
    console.log(
      `picture: ${outcomes.length} runs, ${places.length} of ${buffers.created} buffers (${where}); ` +
        `${tally(outcomes)}; at most ${restarts} restarts`,
    );
    expect(restarts).toBeLessThanOrEqual(2);
  },
  10 * HOUR,
);

const NUM_STEPS = 3;

/** Three steps with a checkpoint each on as few images as may be, on the software adapter, whose first worker does what `name` says. */
async function train(name: string) {
  const settings = {
    ...{ numSteps: NUM_STEPS, checkpointEvery: 1, evaluateEvery: 2, sampleEvery: NUM_STEPS },
    ...{ numSamples: 1, sampleSteps: 1 },
  };
  const { store, jobs, progress, files } = await runWith(
    () => new CountingFinetune({ name }),
    'webgpu',
    settings,
    () => new CountingFinetune({ name: 'well-behaved' }),
    IMAGE_LIMITS.min,
  );
  const errors: string[] = [];
  let buffers = null as Buffers | null;
  const watching = setInterval(
    () => void countBuffers().then((counted) => (buffers = counted)),
    50,
  );
  while (!(await progress.go(files)) && errors.length < 5) {
    errors.push(progress.error?.name ?? 'paused');
  }
  clearInterval(watching);
  const [tuned] = await store.tuned();
  const factors = tuned && (await store.factors(tuned.id))!;
  const begun = jobs.map(({ checkpoint }) => checkpoint?.step ?? 0);
  return { errors, begun, factors, steps: tuned?.facts.steps, buffers: buffers! };
}

test(
  'a training whose buffers are refused at any step, or whose device goes, loses no step that was kept',
  async () => {
    const undisturbed = await train('none');
    const places = placesOf(undisturbed.buffers);
    expect(places.length).toBeGreaterThan(5);
    const outcomes: string[] = [];
    for (const act of ACTS) {
      for (const { name, at } of places) {
        const { errors, begun, factors, steps } = await train(`${act}-${at}`);
        console.log(
          `${act} at ${name} (${at}): begun at ${begun.join(', ')}; ${errors.join(', ')}`,
        );
        for (const error of errors) expect(NAMED).toContain(error);
        expect([...begun].sort((a, b) => a - b)).toEqual(begun); // never back
        expect(begun.length).toBeLessThanOrEqual(4);
        expect(steps).toBe(NUM_STEPS);
        factors.forEach(({ data }, i) => {
          const expected = undisturbed.factors[i].data;
          const largest = expected.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
          // The same steps on the same adapter; a kernel's order of sums is its own.
          expect(largestDifference(data, expected)).toBeLessThanOrEqual(1e-4 * largest);
        });
        outcomes.push(errors.length ? `after ${errors[0]}` : 'by itself');
      }
    }
    const where = places.map(({ name }) => name).join(', ');
    console.log(
      `training: ${outcomes.length} runs (${where}); the right factors: ${tally(outcomes)}`,
    );
  },
  10 * HOUR,
);

const SIDE = 256;

/** A grey picture of waves, another one for each seed. */
function pictureOf(seed: number): Blob {
  const rgba = new Uint8ClampedArray(SIDE * SIDE * 4).fill(255);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const wave = Math.cos((x * (1 + (seed % 7)) + y * (1 + (seed % 5))) / 40);
    rgba.fill(128 + 60 * wave + ((x * seed) % 23), 4 * i, 4 * i + 3);
  }
  return encodePng({ width: SIDE, height: SIDE, rgba }, {});
}

const SETS = { real: 12, synthetic: 12, holdout: 8, members: 0 };
const SEEDS = { real: 0, synthetic: 100, holdout: 200, members: 300 };

/** Compares drawn pictures with the shipped network; `features` outlives the run, as the page's store does. */
async function evaluate(name: string, features: Map<string, ImageFeatures>) {
  const images = (set: keyof typeof SETS) =>
    Array.from({ length: SETS[set] }, (_, i) => ({ name: `${i}.png`, label: i % 2 ? 'a' : 'b' }));
  const manifest = (await (await fetch('/model-manifest.json')).json()) as {
    evaluation: { networks: { id: string; role: string }[] };
  };
  const { id } = manifest.evaluation.networks.find(({ role }) => role === 'generic')!;
  let fresh = 0;
  const report = await runEvaluation(
    {
      ...{ real: images('real'), synthetic: images('synthetic'), holdout: images('holdout') },
      ...{ networks: [id], parts: { copies: true, usefulness: true }, seed: 1 },
    },
    {
      ...{ signal: options.signal, onProgress: () => undefined },
      manifestUrl: new URL('/model-manifest.json', location.href).href,
      startEvaluation: () => new FailingEvaluation({ name }),
      read: async (set, index) => {
        const blob = pictureOf(SEEDS[set] + index);
        const sha256 = await hashOf(blob);
        return { blob, id: sha256, known: features.get(sha256) ?? null };
      },
      keep: async (computed) => {
        fresh += computed.length;
        for (const one of computed) features.set(one.id, one);
      },
    },
  ).catch((error: Error) => error);
  return { report, fresh };
}

/** Its figures, without when and how long. */
function figures({ createdAt: _, seconds: _s, secondsByStage: _b, ...rest }: EvaluationReport) {
  return rest;
}

test(
  'an evaluation asks for no device, and loses no features when its worker or its memory ends at any stage',
  async () => {
    const said: string[] = [];
    const steps = new BroadcastChannel('evaluation steps');
    steps.onmessage = ({ data }: MessageEvent<string>) => void said.push(data);
    const adapters: string[] = [];
    const asked = new BroadcastChannel('adapters');
    asked.onmessage = ({ data }: MessageEvent<string>) => void adapters.push(data);
    const undisturbed = await evaluate('none', new Map());
    if (undisturbed.report instanceof Error) throw undisturbed.report;
    const total = SETS.real + SETS.synthetic + SETS.holdout;
    expect(undisturbed.fresh).toBe(total);
    const grown = said.filter((word) => word === 'grown').length;
    const stages = said.filter((word) => word !== 'grown');
    const attempts = [
      ...stages.map((_, i) => `end-${i}`),
      ...[0, grown >> 1, grown - 1].map((i) => `grow-${i}`),
    ];
    for (const name of attempts) {
      const features = new Map<string, ImageFeatures>();
      const failed = await evaluate(name, features);
      const error = failed.report instanceof Error ? failed.report : null;
      console.log(`${name}: ${error?.name}: ${error?.message.slice(0, 90)}; kept ${features.size}`);
      const again = await evaluate('none', features);
      if (again.report instanceof Error) throw again.report;
      if (!error) expect(name).toMatch(/^grow/); // it may do without
      if (name.startsWith('grow') && error) expect(error.name).toBe('OutOfMemory');
      expect(again.fresh).toBe(total - failed.fresh);
      expect(figures(again.report)).toEqual(figures(undisturbed.report));
    }
    console.log(
      `evaluation: ended at each of ${stages.join(', ')}; memory refused from one of ${grown} times on; ` +
        `${adapters.length} devices asked for`,
    );
    expect(adapters).toEqual([]);
    // The channel is not deaf: a picture on WebGPU tells, once or more.
    await makePicture('none');
    expect(adapters.length).toBeGreaterThan(0);
    steps.close();
    asked.close();
  },
  HOUR,
);
