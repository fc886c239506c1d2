import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { CheckResult, GenerationRequest } from '../../../src/contract/request';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import {
  isAlike,
  proposedEnds,
  sweepAxes,
  valueOf,
  withValue,
} from '../../../src/views/studio/state/sweep-axes';

const path = resolve(import.meta.dirname, '../../fixtures/tiny-model/model-manifest.json');
const [entry] = (JSON.parse(readFileSync(path, 'utf8')) as ModelManifest).models;
const axis = (name: string) => sweepAxes(entry).find((one) => one.name === name)!;
const request: GenerationRequest = {
  ...{ modelId: entry.id, prompt: 'brain MRI, 80 year old', negativePrompt: '', imageIndex: 0 },
  ...{ seed: 7, numInferenceSteps: 12, guidanceScale: 3, scheduler: 'ddim', covariates: {} },
};

test('seed, steps and guidance are changed in the request, a covariate in the prompt too', () => {
  expect(withValue(request, axis('@seed'), 9)).toEqual({ ...request, seed: 9 });
  expect(withValue(request, axis('@steps'), 4)).toEqual({ ...request, numInferenceSteps: 4 });
  expect(withValue(request, axis('@guidance'), 1.5)).toEqual({ ...request, guidanceScale: 1.5 });
  const older = withValue(request, axis('age'), 90);
  expect(older).toEqual({ ...request, prompt: 'brain MRI, 90 year old', covariates: { age: 90 } });
  expect(['@seed', '@steps', '@guidance', 'age'].map((name) => valueOf(axis(name), older))).toEqual(
    [7, 12, 3, 90],
  );
});

test('guidance is no axis of a model that has it in its weights', () => {
  const { ranges } = entry;
  const names = (guidanceScale: [number, number]) =>
    sweepAxes({ ...entry, ranges: { ...ranges, guidanceScale } }).map(({ name }) => name);
  expect(names([1, 1])).not.toContain('@guidance');
  expect(names([1, 9])).toContain('@guidance');
});

test('seeds are proposed from the one in the form on, and never past the last there is', () => {
  expect(proposedEnds(axis('@seed'), 7)).toEqual([7, 11]);
  expect(proposedEnds(axis('@seed'), 2 ** 32 - 1)).toEqual([2 ** 32 - 5, 2 ** 32 - 1]);
});

test('a picture is what was asked for when words, covariates and sampling are', () => {
  expect(isAlike(request, { ...request })).toBe(true);
  for (const name of ['@seed', '@steps', '@guidance', 'age']) {
    expect(isAlike(request, withValue(request, axis(name), 20))).toBe(false);
  }
  expect(isAlike(request, { ...request, imageIndex: 1 })).toBe(false);
});

test('a picture that was drawn again until the check was content counts as that of its first seed', () => {
  const checked: CheckResult = {
    ...{ networkId: 'labels', networkSha256: '', asked: ['glioma'], called: 'glioma' },
    ...{ confirmed: true, probability: 0.9, tries: 2, maxTries: 4, firstSeed: 7 },
  };
  const made: GenerationRequest = { ...request, seed: 123, checked };
  expect(valueOf(axis('@seed'), made)).toBe(7);
  expect(isAlike(request, made)).toBe(true);
});
