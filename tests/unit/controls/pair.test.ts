import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refuseUnknownChanges, secondImage } from '../../../src/controls/edit/pair';
import { createPlan, type Recipe, type RecipeRow } from '../../../src/dataset/recipe';
import type { ModelManifest } from '../../../src/models/manifest/manifest';

const { models, evaluation } = JSON.parse(
  readFileSync(new URL('../../../model-manifest.json', import.meta.url), 'utf8'),
) as ModelManifest;
const [entry] = models;
const labels = evaluation!.networks.find((network) => network.labels)!.labels;
const vocabulary = { entry, labels };

const BRAIN: RecipeRow = {
  count: 4,
  prompt: 'brain MRI slice, no tumor',
  label: 'no tumor',
  words: { tumor: ['glioma', 'meningioma'].map((value) => ({ value, share: 1 })) },
  covariates: {},
  pair: { sentence: 'make it {tumor}', push: 3 },
};
const recipe = (...rows: RecipeRow[]): Recipe => ({
  ...{ version: 1, title: 'Pairs', modelId: entry.id, seed: 7, numInferenceSteps: 4 },
  ...{ guidanceScale: 1, scheduler: 'flow-match-euler', rows },
});
const second = (row: RecipeRow, j = 0) =>
  secondImage(createPlan(recipe(row)).image(2 * j + 1), vocabulary);

test('the second image says what the first shows and what the sentence makes of it, in the same noise', () => {
  const plan = createPlan(recipe(BRAIN));
  expect(secondImage(plan.image(0), vocabulary)).toBeNull();
  expect(second(BRAIN)).toMatchObject({
    label: 'glioma',
    request: {
      ...{ seed: 7, imageIndex: 0, prompt: 'brain MRI slice, glioma' },
      edit: { prompt: 'brain MRI slice, no tumor', sentence: 'make it glioma', push: 3 },
    },
  });
  expect(second(BRAIN, 1)).toMatchObject({ label: 'meningioma', request: { imageIndex: 2 } });
});

test('its class is what the recipe says, else what the sentence names, else that of the first', () => {
  const older = { ...BRAIN, prompt: 'axial T1 brain MRI, 60 year old woman', label: 'brain' };
  expect(second({ ...older, pair: { sentence: 'older' } })).toMatchObject({
    label: 'brain',
    request: { covariates: { age: 85 } },
  });
  expect(second({ ...BRAIN, pair: { ...BRAIN.pair!, label: 'tumor: {tumor}' } })?.label).toBe(
    'tumor: glioma',
  );
});

test('a sentence that names no change is refused before the first image, with its row', () => {
  expect(() => refuseUnknownChanges(recipe(BRAIN), vocabulary)).not.toThrow();
  const nicer = { ...BRAIN, pair: { sentence: 'make it nicer' } };
  expect(() => refuseUnknownChanges(recipe(BRAIN, nicer), vocabulary)).toThrow(
    /^Row 2: "make it nicer" names no change that can be asked of brain MRI \(expected one of: glioma tumor,/,
  );
  // One word of the list is what the image shows already.
  const none = { value: 'no tumor', share: 1 };
  const some = { ...BRAIN, words: { tumor: [...BRAIN.words.tumor, none] } };
  expect(() => refuseUnknownChanges(recipe(some), vocabulary)).toThrow(
    /^Row 1: "make it no tumor" is what the image shows already/,
  );
});

test('without a network that knows labels only covariates can be asked for', () => {
  const row = { ...BRAIN, pair: { sentence: 'make it glioma' } };
  expect(() => refuseUnknownChanges(recipe(row), { entry })).toThrow(/Row 1: .*names no change/);
});
