import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createCpuLatents, noisedLatents } from '../../../src/diffusion/latents';
import { standardNormals, stepNoise } from '../../../src/diffusion/random';
import {
  createScheduler,
  createSchedulerFrom,
  startStep,
} from '../../../src/diffusion/schedulers/index';
import { linspace } from '../../../src/diffusion/schedulers/noise-schedule';
import type { Scheduler } from '../../../src/diffusion/schedulers/scheduler';
import type { SchedulerConfig } from '../../../src/models/manifest/manifest';
import { SCHEDULER_TITLES } from '../../../src/models/manifest/scheduler-names';
import { entry } from './fakes';

interface Run {
  numInferenceSteps: number;
  timesteps: number[];
  latents: number[];
  /** Image to image only. */
  strength?: number;
  startStep?: number;
  noised?: number[];
}

interface Goldens {
  source: string;
  seed: number;
  cases: { config: SchedulerConfig; runs: Run[] }[];
}

// Made by training/goldens/make_scheduler_goldens.py with diffusers in float32.
const { seed, cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/schedulers.json', import.meta.url), 'utf8'),
) as Goldens;

const flow: SchedulerConfig = {
  type: 'flow-match-euler',
  predictionType: 'flow',
  numTrainTimesteps: 1000,
};
const stableDiffusion: SchedulerConfig = {
  type: 'ddim',
  predictionType: 'epsilon',
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'scaled_linear',
};

/** The toy model of make_scheduler_goldens.py. */
function toyModel(latents: Float32Array, timestep: number) {
  return latents.map((x) => x * (timestep / (timestep + 1000)) + 0.25 * Math.sin(3 * x));
}

/** The pipeline's loop around the toy model. */
function runLoop({ steps }: Scheduler, initial: Float32Array): Float32Array {
  const latents = createCpuLatents(entry, initial);
  const count = initial.length;
  for (const [i, step] of steps.entries()) {
    const sees = (latents.current as Float32Array).map((x) => x * step.inputScale);
    const noise = step.next.noise ? stepNoise(seed, 0, i, count) : null;
    latents.advance(toyModel(sees, step.timestep), step, { scale: 1, rescale: 0 }, noise);
  }
  return latents.current as Float32Array;
}

function firstLatents({ initNoiseSigma, steps }: Scheduler, { noised, latents }: Run) {
  const { length } = latents;
  if (!noised) return Float32Array.from(linspace(-2, 2, length), (x) => x * initNoiseSigma);
  const clean = Float32Array.from(linspace(-1, 1, length));
  return noisedLatents(clean, standardNormals(seed, 0, length), steps[0]);
}

const largest = (numbers: ArrayLike<number>) => Math.max(...Array.from(numbers, Math.abs));

/** Largest deviation over largest value. */
function relativeError(actual: ArrayLike<number>, expected: number[]) {
  return largest(expected.map((x, i) => actual[i] - x)) / largest(expected);
}

test('every scheduler that has a title has its file, and every file its title', () => {
  const folder = new URL('../../../src/diffusion/schedulers/', import.meta.url);
  const others = ['index.ts', 'scheduler.ts', 'noise-schedule.ts'];
  const files = readdirSync(folder).filter((file) => !others.includes(file));

  expect(files.sort()).toEqual(
    Object.keys(SCHEDULER_TITLES)
      .map((type) => `${type}.ts`)
      .sort(),
  );
});

const described = cases.map(({ config, runs }) => {
  const { type, predictionType, numTrainTimesteps: _, ...settings } = config;
  return { title: `${type}, ${predictionType}, ${JSON.stringify(settings)}`, config, runs };
});

describe.each(described)('$title', ({ config, runs }) => {
  const whole = runs.filter(({ strength }) => strength === undefined);
  const partial = runs.filter(({ strength }) => strength !== undefined);

  test.each(whole)('a full loop of $numInferenceSteps steps ends where diffusers ends', (run) => {
    const scheduler = createSchedulerFrom(config, run.numInferenceSteps);
    const { steps } = scheduler;
    expect(steps).toHaveLength(run.timesteps.length);
    const timestepErrors = run.timesteps.map((t, i) => steps[i].timestep - t);
    expect(largest(timestepErrors)).toBeLessThanOrEqual(2e-4); // a float32 step at 1000 is 6e-5
    const latents = runLoop(scheduler, firstLatents(scheduler, run));
    // Where a schedule starts at σ = 4096, diffusers' own float32 latents are no more exact than that.
    const tolerance = Math.max(1e-5, scheduler.initNoiseSigma * 2 ** -24);
    expect(relativeError(latents, run.latents)).toBeLessThanOrEqual(tolerance);
  });

  test.each(partial)(
    'image to image at strength $strength of $numInferenceSteps steps starts and ends as in diffusers',
    (run) => {
      const first = startStep(run.strength ?? 1, run.numInferenceSteps);
      expect(first).toBe(run.startStep);
      const scheduler = createSchedulerFrom(config, run.numInferenceSteps, first);
      expect(scheduler.steps).toHaveLength(run.timesteps.length);
      const noised = firstLatents(scheduler, run);
      expect(relativeError(noised, run.noised ?? [])).toBeLessThanOrEqual(1e-6);
      expect(relativeError(runLoop(scheduler, noised), run.latents)).toBeLessThanOrEqual(1e-5);
    },
  );

  test('a perfect prediction gives back the clean latents at every step', () => {
    if (config.type === 'lcm') return; // its boundary condition keeps a little of the noise
    const [x0, noise] = [0.7, -1.3];
    for (const { inputScale, predOriginal, noised } of createSchedulerFrom(config, 7).steps) {
      const latents = noised.clean * x0 + noised.noise * noise;
      // v is defined where the UNet sees it: at a variance of 1.
      const [signal, sigma] = [noised.clean * inputScale, noised.noise * inputScale];
      const perfect = { epsilon: noise, v: signal * noise - sigma * x0, flow: noise - x0 };
      const predicted =
        predOriginal.latents * latents + predOriginal.noisePred * perfect[config.predictionType];
      expect(predicted).toBeCloseTo(x0, 6);
    }
  });
});

test('trailing flow steps are even, and the last is as long as the others', () => {
  const { steps } = createSchedulerFrom({ ...flow, timestepSpacing: 'trailing' }, 4);
  expect(steps.map(({ timestep }) => timestep)).toEqual([1000, 750, 500, 250]);
  expect(steps.map(({ next }) => next.noisePred)).toEqual([-0.25, -0.25, -0.25, -0.25]);
});

test('PNDM looks at its second noise level twice, so it takes a step more', () => {
  const { steps } = createSchedulerFrom({ ...stableDiffusion, type: 'pndm', stepsOffset: 1 }, 4);
  expect(steps.map(({ timestep }) => timestep)).toEqual([751, 501, 501, 251, 1]);
  expect(steps.map(({ next }) => next.history.length)).toEqual([0, 1, 1, 2, 3]);
});

test('one step of SD-Turbo is told timestep 999 and sees its input at a variance of 1', () => {
  const turbo = { ...stableDiffusion, type: 'euler', timestepSpacing: 'trailing' } as const;
  const { initNoiseSigma, steps } = createSchedulerFrom(turbo, 1);
  expect(initNoiseSigma).toBeCloseTo(14.6146, 4); // FACTS: σ of the published package
  expect(steps).toHaveLength(1);
  expect(steps[0].timestep).toBe(999);
  expect(steps[0].inputScale).toBeCloseTo(1 / Math.sqrt(14.6146 ** 2 + 1), 6);
  expect(steps[0].next).toMatchObject({ latents: 1, noise: 0 });
});

test('the four steps of LCM are the ones it was distilled on', () => {
  const { steps } = createSchedulerFrom({ ...stableDiffusion, type: 'lcm' }, 4);
  expect(steps.map(({ timestep }) => timestep)).toEqual([999, 759, 499, 259]);
});

const impossible: [string, Partial<SchedulerConfig>, number, string, RegExp][] = [
  ['DDIM of a flow model', { predictionType: 'flow' }, 4, 'ModelUnsupported', /flow-match-euler/],
  ['sample clipping', { clipSample: true }, 4, 'ModelUnsupported', /clipSample false, got true/],
  ['Karras DDIM', { useKarrasSigmas: true }, 4, 'ModelUnsupported', /dpm-solver-multistep/],
  ['1001 steps', {}, 1001, 'RequestInvalid', /at most that many steps, got 1001.*fewer/],
  ['a step past training', { stepsOffset: 1 }, 1000, 'RequestInvalid', /timestep 1000.*0 to 999/],
  [
    'Karras ancestral',
    { type: 'euler-ancestral', useKarrasSigmas: true },
    4,
    'ModelUnsupported',
    /Karras/,
  ],
  [
    'PNDM from pure noise',
    { type: 'pndm', rescaleBetasZeroSnr: true },
    4,
    'ModelUnsupported',
    /ddim/,
  ],
  [
    'PNDM by Runge-Kutta',
    { type: 'pndm', skipPrkSteps: false },
    4,
    'ModelUnsupported',
    /skipPrkSteps true/,
  ],
  ['51 steps of LCM', { type: 'lcm' }, 51, 'RequestInvalid', /50 timesteps.*got 51.*fewer/],
  ['LCM of a flow model', { type: 'lcm', predictionType: 'flow' }, 4, 'ModelUnsupported', /flow/],
  [
    'flow Euler of an epsilon model',
    { type: 'flow-match-euler' },
    4,
    'ModelUnsupported',
    /epsilon.*ddim/,
  ],
  [
    'epsilon from pure noise',
    { rescaleBetasZeroSnr: true, timestepSpacing: 'trailing' },
    4,
    'ModelUnsupported',
    /predictionType v/,
  ],
];

test.each(impossible)('%s is refused with what to do', (_, change, numSteps, name, text) => {
  expect(() => createSchedulerFrom({ ...stableDiffusion, ...change }, numSteps)).toThrow(
    expect.objectContaining({ name, message: expect.stringMatching(text) as string }),
  );
});

test('two schedulers of one type are told apart by their ids', () => {
  const plain: SchedulerConfig = { ...stableDiffusion, type: 'dpm-solver-multistep' };
  const karras = { ...plain, id: 'dpm-karras', useKarrasSigmas: true };
  const model = { ...entry, schedulers: [plain, karras] };
  const timesteps = (name: string) => createScheduler(model, name, 4).steps.map((s) => s.timestep);
  expect(timesteps('dpm-solver-multistep')).toEqual([999, 749, 500, 250]);
  expect(timesteps('dpm-karras')).toEqual([999, 687, 146, 0]);
  expect(() => timesteps('euler')).toThrow(/expected dpm-solver-multistep, dpm-karras/);
});

test('image to image runs strength of all steps, rounded down, and refuses to run none', () => {
  expect(startStep(1, 20)).toBe(0);
  expect(startStep(0.5, 20)).toBe(10);
  expect(startStep(0.5, 5)).toBe(3);
  for (const strength of [0, 0.04, -1, 1.1, NaN]) {
    expect(() => startStep(strength, 20)).toThrow(/0.050 to 1 with 20 steps, got .*Raise/);
  }
});
