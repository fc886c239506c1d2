import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import type { TunedModel } from '../../../src/finetune/finetune-store';
import { completeEntry } from '../../../src/models/manifest/generator';
import type { ModelEntry, ModelManifest } from '../../../src/models/manifest/manifest';
import {
  askDrawer,
  fingerprint,
  leftOut,
  listDrawers,
} from '../../../src/views/studio/compare/drawers';

const fixture = (name: string) => {
  const path = resolve(import.meta.dirname, '../../fixtures', name, 'model-manifest.json');
  const { models } = JSON.parse(readFileSync(path, 'utf8')) as ModelManifest;
  models.forEach(completeEntry);
  return models;
};
const [tiny] = fixture('tiny-model');
const [volume] = fixture('tiny-volume');
const [generator] = fixture('tiny-generators');
const fast: ModelEntry = {
  ...tiny,
  ...{ id: 'fast', title: 'Fast', conditions: { covariates: [], initImage: false } },
  defaults: { numInferenceSteps: 4, guidanceScale: 1, scheduler: 'ddim' },
  ranges: { numInferenceSteps: [1, 50], guidanceScale: [1, 1] },
};
const tuned = {
  ...{ id: 't', sha256: 'f00', createdAt: new Date(0), imported: false, picture: null },
  facts: { title: 'nodules', rank: 4, word: 'zq1' },
} satisfies TunedModel;
const request: GenerationRequest = {
  ...{ modelId: 'tiny', prompt: 'brain MRI', negativePrompt: 'blur', imageIndex: 2, seed: 7 },
  ...{ numInferenceSteps: 12, guidanceScale: 3, guidanceRescale: 0.7, scheduler: 'ddim' },
  ...{ covariates: { age: 40 }, mask: { sha256: 'a' } },
};

test('what can draw is listed once: the own model, what it was taught, relatives, and stored models but for volumes', () => {
  const drawers = listDrawers({
    ...{ own: tiny, relatives: [fast, tiny], stored: [tiny, volume, generator], tuned: [tuned] },
  });
  expect(drawers.map(({ key, title, here }) => [key, title, here])).toEqual([
    ['tiny', tiny.title, true],
    ['tiny f00 1', `${tiny.title} + nodules`, true],
    ['fast', 'Fast', false],
    [generator.id, generator.title, true],
  ]);
});

test('another model is asked for the same words, seed and mask, with the sampling that is its standard', () => {
  const asked = askDrawer(request, { entry: fast, lora: null }, [tiny, fast]);
  const { guidanceRescale: _none, ...rest } = request;
  expect(asked).toEqual({
    ...rest,
    ...{ modelId: 'fast', negativePrompt: '', covariates: {} },
    ...fast.defaults,
  });
  expect(leftOut(request, asked)).toEqual(['age']);
});

test('the same model with something learnt keeps its sampling, and what was learnt before goes', () => {
  const lora = { strength: 1, sha256: 'f00' };
  const own = { entry: tiny, lora };
  expect(askDrawer(request, own, [tiny])).toEqual({ ...request, lora });
  const taught = { ...request, lora: { strength: 1, sha256: 'bad' } };
  expect(askDrawer(taught, { entry: tiny, lora: null }, [tiny])).toEqual(request);
});

test('a covariate that is out of another model’s range is not asked of it', () => {
  const age = tiny.conditions.covariates.find(({ name }) => name === 'age')!;
  const children: ModelEntry = {
    ...{ ...tiny, id: 'children' },
    conditions: { covariates: [{ ...age, max: 18 }], initImage: false },
  };
  const { covariates } = askDrawer(request, { entry: children, lora: null }, [tiny]);
  expect(covariates).toEqual({});
});

test('a generator is asked for the label that the prompt names', () => {
  if (generator.kind !== 'generator') throw new Error('The fixture is no generator.');
  const [label] = generator.generator.labels;
  const named = { ...request, prompt: `a picture of ${label.toUpperCase()}` };
  expect(askDrawer(named, { entry: generator, lora: null }, []).prompt).toBe(label);
});

test('a request is known again in what is saved of it', () => {
  const saved: GenerationRequest = { ...request, method: 'GAN', covariates: { b: 1, a: 2 } };
  const asked: GenerationRequest = {
    ...request,
    covariates: { a: 2, b: 1 },
    mask: { labels: new Uint16Array(1), sha256: 'a' },
  };
  expect(fingerprint(saved)).toBe(fingerprint(asked));
  for (const change of [{ seed: 8 }, { modelId: 'fast' }, { lora: { strength: 1 } }]) {
    expect(fingerprint({ ...asked, ...change })).not.toBe(fingerprint(asked));
  }
});
