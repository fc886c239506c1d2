import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import type { ModelEntry, ModelManifest } from '../../../src/models/manifest/manifest';
import { listDrawers } from '../../../src/views/studio/compare/drawers';
import { modelAxis, sweepAxes } from '../../../src/views/studio/state/sweep-axes';
import {
  byModel,
  markOf,
  placeIn,
  placeOf,
  placeWords,
  requestAt,
  type SweepRun,
} from '../../../src/views/studio/state/sweep-run';

const path = resolve(import.meta.dirname, '../../fixtures/tiny-model/model-manifest.json');
const [tiny] = (JSON.parse(readFileSync(path, 'utf8')) as ModelManifest).models;
const quick: ModelEntry = {
  ...{ ...tiny, id: 'quick', title: 'Quick' },
  defaults: { ...tiny.defaults, numInferenceSteps: 4 },
};
const drawers = listDrawers({ own: tiny, relatives: [tiny, quick], stored: [], tuned: [] });
const request: GenerationRequest = {
  ...{ modelId: 'tiny', prompt: 'brain MRI, 80 year old', negativePrompt: '', imageIndex: 0 },
  ...{ seed: 7, numInferenceSteps: 12, guidanceScale: 3, covariates: {} },
  scheduler: tiny.defaults.scheduler,
};
const models = {
  covariate: modelAxis(drawers.map(({ title }) => title)),
  ...{ values: [0, 1], drawers },
};
const along = (name: string, ...values: number[]) => ({
  covariate: sweepAxes(tiny).find((one) => one.name === name)!,
  values,
});
const grid = (x: SweepRun['x'], y: SweepRun['y']): SweepRun => {
  const ids = Array.from({ length: x.values.length * (y?.values.length ?? 1) }, () => null);
  return { id: 'grid', x, y, request, modelHash: '', ids };
};

test('each model is asked as its own standard has it, and then for what the other side runs along', () => {
  for (const run of [grid(models, along('@steps', 2, 9)), grid(along('@steps', 2, 9), models)]) {
    const asked = [0, 1, 2, 3].map((place) => requestAt(run, place));
    expect(asked.map(({ numInferenceSteps }) => numInferenceSteps).sort()).toEqual([2, 2, 9, 9]);
    expect(asked.map(({ modelId }) => modelId).sort()).toEqual(['quick', 'quick', 'tiny', 'tiny']);
  }
  expect(requestAt(grid(models, null), 1)).toEqual({
    ...{ ...request, modelId: 'quick', numInferenceSteps: 4 },
  });
});

test('all pictures of a model are made before those of the next, whichever side it is', () => {
  const places = [0, 1, 2, 3];
  expect(byModel(grid(models, along('@seed', 1, 2)), places)).toEqual([0, 2, 1, 3]);
  expect(byModel(grid(along('@seed', 1, 2), models), places)).toEqual([0, 1, 2, 3]);
});

test('a picture finds its place by its model, and one of the same model that was asked otherwise has none', () => {
  const run = grid(along('@seed', 1, 2), models);
  for (const place of [0, 1, 2, 3]) expect(placeIn(run, requestAt(run, place))).toBe(place);
  const other = { ...requestAt(run, 3), prompt: 'chest x-ray' };
  expect(placeIn(run, other)).toBe(-1);
  expect(placeOf(run, other)).toBe(3); // of a picture that is known to be of the grid
  expect(placeIn(run, { ...requestAt(run, 3), modelId: 'third' })).toBe(-1);
});

test('a picture with a value of the grid and otherwise another is none of it', () => {
  const run = grid(along('age', 30, 75), null);
  const asked = requestAt(run, 1);
  expect(placeIn(run, asked)).toBe(1);
  expect(placeIn(run, { ...asked, prompt: 'chest x-ray, 75 year old' })).toBe(-1);
  expect(placeIn(run, { ...asked, covariates: { ...asked.covariates, sex: 1 } })).toBe(-1);
  expect(placeIn(run, { ...asked, modelId: 'quick' })).toBe(-1);
  expect(placeIn(run, { ...asked, scheduler: 'another' })).toBe(-1);
});

test('what is kept of a grid names its models, and its places are named by their titles', () => {
  const run = grid(models, null);
  expect(markOf(run)).toEqual({
    id: 'grid',
    x: { name: '@model', values: [0, 1], models: ['tiny', 'quick'] },
    y: null,
  });
  expect(placeWords(run, 1)).toBe('Model Quick');
});
