import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { applyStep } from '../../../src/diffusion/latents';
import { createDdim } from '../../../src/diffusion/schedulers/ddim';
import { createFlowMatchEuler } from '../../../src/diffusion/schedulers/flow-match-euler';
import { linspace } from '../../../src/diffusion/schedulers/noise-schedule';
import type { SchedulerConfig } from '../../../src/models/manifest';

interface Goldens {
  source: string;
  cases: {
    config: SchedulerConfig;
    runs: { numInferenceSteps: number; timesteps: number[]; latents: number[] }[];
  }[];
}

// Made by training/make_scheduler_goldens.py with diffusers in float32.
const { cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/schedulers.json', import.meta.url), 'utf8'),
) as Goldens;

const create = { 'flow-match-euler': createFlowMatchEuler, ddim: createDdim };

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

const largest = (numbers: ArrayLike<number>) => Math.max(...Array.from(numbers, Math.abs));

describe.each(cases)(
  '$config.type, $config.predictionType, $config.timestepSpacing, shift $config.shift',
  ({ config, runs }) => {
    test.each(runs)('a full loop of $numInferenceSteps steps ends where diffusers ends', (run) => {
      const { steps } = create[config.type](config, run.numInferenceSteps);
      let latents: Float32Array = Float32Array.from(linspace(-2, 2, run.latents.length));
      for (const { timestep, next } of steps) {
        latents = applyStep(latents, toyModel(latents, timestep), next, 1);
      }

      const timestepErrors = run.timesteps.map((t, i) => steps[i].timestep - t);
      expect(steps).toHaveLength(run.timesteps.length);
      expect(largest(timestepErrors)).toBeLessThanOrEqual(1e-4); // one float32 step at 1000 is 6e-5
      const errors = run.latents.map((x, i) => latents[i] - x);
      expect(largest(errors) / largest(run.latents)).toBeLessThanOrEqual(1e-5);
    });

    test('the last step ends on the clean latents it predicts', () => {
      const last = create[config.type](config, 4).steps[3];
      if (config.setAlphaToOne === false) {
        expect(last.next).not.toEqual(last.predOriginal); // it ends at ᾱ_0, a little noisy, as SD 1.5 does
        return;
      }
      expect(last.next.latents).toBeCloseTo(last.predOriginal.latents, 12);
      expect(last.next.noisePred).toBeCloseTo(last.predOriginal.noisePred, 12);
    });
  },
);

test('a perfect flow prediction gives back the clean latents at every step', () => {
  const [x0, noise] = [0.7, -1.3];
  for (const { timestep, predOriginal } of createFlowMatchEuler(flow, 7).steps) {
    const sigma = timestep / 1000;
    const latents = (1 - sigma) * x0 + sigma * noise;
    const predicted = predOriginal.latents * latents + predOriginal.noisePred * (noise - x0);
    expect(predicted).toBeCloseTo(x0, 6); // timesteps are float32
  }
});

test('trailing flow steps are even, and the last is as long as the others', () => {
  const { steps } = createFlowMatchEuler({ ...flow, timestepSpacing: 'trailing' }, 4);
  expect(steps.map(({ timestep }) => timestep)).toEqual([1000, 750, 500, 250]);
  expect(steps.map(({ next }) => next.noisePred)).toEqual([-0.25, -0.25, -0.25, -0.25]);
});

test('DDIM refuses a flow model and sample clipping, each with what to do', () => {
  expect(() => createDdim({ ...stableDiffusion, predictionType: 'flow' }, 4)).toThrow(
    expect.objectContaining({
      name: 'ModelUnsupported',
      message: expect.stringContaining('flow-match-euler') as string,
    }),
  );
  expect(() => createDdim({ ...stableDiffusion, clipSample: true }, 4)).toThrow(
    expect.objectContaining({ name: 'ModelUnsupported' }),
  );
});

test('DDIM refuses more steps than the model was trained with', () => {
  expect(() => createDdim({ ...stableDiffusion, stepsOffset: 1 }, 1000)).toThrow(
    expect.objectContaining({ name: 'RequestInvalid' }),
  );
});
