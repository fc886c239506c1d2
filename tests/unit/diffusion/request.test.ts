import { expect, test } from 'vitest';
import { validateRequest } from '../../../src/diffusion/request';
import type { GenerationRequest } from '../../../src/contract/request';
import { entry, request } from './fakes';

test('a good request passes, at both ends of each range', () => {
  const low = { ...request, seed: 0, numInferenceSteps: 1, guidanceScale: 1, covariates: {} };
  const high = {
    ...request,
    ...{ seed: 2 ** 32 - 1, imageIndex: 2 ** 32 - 1, numInferenceSteps: 50, guidanceScale: 12 },
    ...{ prompt: 'x'.repeat(2000), covariates: { age: 100, grade: 0 } },
  };
  for (const good of [request, low, high]) {
    expect(() => validateRequest(good, entry)).not.toThrow();
  }
});

const bad: [string, Partial<Record<keyof GenerationRequest, unknown>>, RegExp][] = [
  ['an empty prompt', { prompt: ' \n' }, /prompt is empty.*Describe/],
  ['10,000 characters', { prompt: 'x'.repeat(10_000) }, /at most 2000.*got 10000.*Shorten/],
  ['a long negative prompt', { negativePrompt: 'x'.repeat(2001) }, /negative prompt.*2001/],
  ['half a seed', { seed: 1.5 }, /seed.*whole number from 0 to 4294967295, got 1.5/],
  ['a negative seed', { seed: -1 }, /seed.*got -1/],
  ['a seed past 32 bits', { seed: 2 ** 32 }, /seed.*got 4294967296/],
  ['a seed that is no number', { seed: NaN }, /seed.*got NaN/],
  ['a seed in words', { seed: '7' }, /seed.*got 7/],
  ['a negative image index', { imageIndex: -1 }, /image index.*got -1/],
  ['no steps', { numInferenceSteps: 0 }, /steps.*from 1 to 50, got 0/],
  ['1,000 steps', { numInferenceSteps: 1000 }, /steps.*from 1 to 50, got 1000/],
  ['too little guidance', { guidanceScale: 0 }, /guidance.*1 to 12, got 0/],
  ['guidance that is no number', { guidanceScale: NaN }, /guidance.*got NaN/],
  ['a scheduler of another model', { scheduler: 'ddim' }, /"ddim".*expected flow-match-euler/],
  ['an unknown covariate', { covariates: { weight: 80 } }, /"weight".*expected: age, grade/],
  ['a covariate out of range', { covariates: { age: 101 } }, /Age.*0 to 100 years, got 101/],
  ['a covariate that is no number', { covariates: { age: NaN } }, /Age.*got NaN/],
];

test.each(bad)(
  '%s is refused with what was expected, what came and what to do',
  (_, change, text) => {
    const refused = { ...request, ...change } as GenerationRequest;
    expect(() => validateRequest(refused, entry)).toThrow(
      expect.objectContaining({
        name: 'RequestInvalid',
        message: expect.stringMatching(text) as string,
      }),
    );
  },
);

test('a model with its guidance built in takes neither a scale nor a negative prompt', () => {
  const distilled = { ...entry, ranges: { ...entry.ranges, guidanceScale: [1, 1] } } as const;
  const plain = { ...request, guidanceScale: 1, negativePrompt: '' };
  const refused = (change: Partial<GenerationRequest>) => () =>
    validateRequest({ ...plain, ...change }, distilled as unknown as typeof entry);

  expect(refused({})).not.toThrow();
  expect(refused({ guidanceScale: 3 })).toThrow(/built in.*of 1, got 3.*choose a model/);
  expect(refused({ negativePrompt: 'blur' })).toThrow(/no negative prompt.*"blur".*Empty it/);
});

test('guidance rescale is taken in its range, and only where the manifest offers it', () => {
  const offering = { ...entry, ranges: { ...entry.ranges, guidanceRescale: [0, 1] } };
  const check = (guidanceRescale: number, model: unknown) => () =>
    validateRequest({ ...request, guidanceRescale }, model as typeof entry);
  expect(check(0.7, offering)).not.toThrow();
  expect(check(1.5, offering)).toThrow(/guidance rescale.*0 to 1, got 1.5/);
  expect(check(0, entry)).not.toThrow();
  expect(check(0.7, entry)).toThrow(/offers no guidance rescale.*got 0.7.*at 0/);
});

test('steps that the chosen scheduler cannot take are refused before anything is run', () => {
  const lcm = { type: 'lcm', predictionType: 'epsilon', numTrainTimesteps: 1000 } as const;
  const schedulers = [{ ...lcm, originalInferenceSteps: 20 }];
  const distilled = { ...entry, schedulers } as typeof entry;
  const asking = (numInferenceSteps: number) => () =>
    validateRequest({ ...request, scheduler: 'lcm', numInferenceSteps }, distilled);
  expect(asking(20)).not.toThrow();
  expect(asking(21)).toThrow(/20 timesteps.*got 21.*fewer/);
});
