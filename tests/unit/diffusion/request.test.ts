import { expect, test } from 'vitest';
import { validateRequest } from '../../../src/diffusion/request';
import type { GenerationRequest } from '../../../workers/api';
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
