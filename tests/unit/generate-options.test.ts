import { expect, test } from 'vitest';
import { buildRequest, parseOptions } from '../../cli/generate-options.js';
import type { ModelManifest } from '../../src/models/manifest';

const manifest = {
  defaultModel: 'small',
  models: [
    {
      id: 'small',
      defaults: { numInferenceSteps: 12, guidanceScale: 3, scheduler: 'ddim' },
      schedulers: [{ type: 'ddim' }],
      conditions: {
        covariates: [
          { name: 'age', min: 0, max: 100 },
          { name: 'sex', min: 0, max: 1, choices: [{ value: 1, title: 'Female' }] },
        ],
      },
    },
  ],
} as unknown as ModelManifest;

test('what is not said comes from the model', () => {
  const request = buildRequest(parseOptions(['a chest', '--seed', '5', '--out', 'out']), manifest);

  expect(request).toEqual({
    modelId: 'small',
    prompt: 'a chest',
    negativePrompt: '',
    seed: 5,
    imageIndex: 0,
    numInferenceSteps: 12,
    guidanceScale: 3,
    scheduler: 'ddim',
    covariates: {},
  });
});

test('a covariate is a number or the title of a choice', () => {
  const options = parseOptions([
    ...['a chest', '--out', 'out'],
    ...['--covariate', 'age=60', '--covariate', 'sex=female'],
  ]);

  expect(buildRequest(options, manifest).covariates).toEqual({ age: 60, sex: 1 });
});

test('without --seed each run has its own', () => {
  const seeds = Array.from({ length: 5 }, () => parseOptions(['a', '--out', 'out']).seed);

  expect(new Set(seeds).size).toBe(5);
});

test.each([
  [['--out', 'out'], /one prompt, got 0/],
  [['a', 'b', '--out', 'out'], /one prompt, got 2/],
  [['a'], /--out is missing/],
  [['a', '--out', 'o', '--backend', 'cuda'], /--backend expects .*"cuda"/],
  [['a', '--out', 'o', '--count', '2.5'], /--count expects a whole number, got "2.5"/],
  [['a', '--out', 'o', '--guidance', 'much'], /--guidance expects a number, got "much"/],
  [['a', '--out', 'o', '--covariate', 'age'], /--covariate expects NAME=VALUE/],
  [['a', '--out', 'o', '--models', 'nowhere'], /--models expects a folder/],
])('%j is refused in words', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

test.each([
  [['--scheduler', 'karras'], 'RequestInvalid', /--scheduler expects one of ddim/],
  [['--covariate', 'age=old'], 'RequestInvalid', /--covariate age expects .*"old"/],
  [['--covariate', 'shoe=9'], 'RequestInvalid', /shoe is unknown .* age, sex/],
  [['--model', 'large'], 'ModelUnsupported', /"large".* small/],
])('%j is refused once the model is known', (args, name, message) => {
  const options = parseOptions(['a', '--out', 'out', ...args]);

  const error = catchError(() => buildRequest(options, manifest));

  expect(error?.name).toBe(name);
  expect(error?.message).toMatch(message);
});

function catchError(work: () => unknown): Error | undefined {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  return undefined;
}
