import { expect, test } from 'vitest';
import type { ImageFacts } from '../../../src/dataset/dataset-store';
import { createMatch, NO_FILTER, type Filter } from '../../../src/dataset/filter';

const FACTS: ImageFacts = {
  ...{ id: 'set/00000001', index: 1, createdAt: new Date(2026, 10, 22, 23, 30) },
  ...{ label: 'effusion', prompt: 'frontal chest x-ray, AP', words: {}, covariates: { age: 60 } },
  ...{ seed: 7, modelId: 'model', modelHash: '', width: 256, height: 256, bytes: 1 },
  ...{ rating: 3, verdict: null, discarded: false, parentId: null },
};

const matches = (filter: Partial<Filter>, facts: Partial<ImageFacts> = {}) =>
  createMatch({ ...NO_FILTER, ...filter })({ ...FACTS, ...facts });

test('no filter shows everything but what was discarded', () => {
  expect(matches({})).toBe(true);
  expect(matches({}, { discarded: true })).toBe(false);
  expect(matches({ discarded: true }, { discarded: true })).toBe(true);
  expect(matches({ discarded: true })).toBe(false);
});

test('pixels that are gone for good are never shown', () => {
  expect(matches({ discarded: true }, { discarded: true, emptied: true })).toBe(false);
});

test('text asks for every word, in prompt, label or file name, whatever the case', () => {
  expect(matches({ text: 'CHEST effusion' })).toBe(true);
  expect(matches({ text: 'chest nodule' })).toBe(false);
  expect(matches({ text: 'scan7' }, { source: 'folder/Scan7.png' })).toBe(true);
});

test.each<[Partial<Filter>, boolean]>([
  [{ label: 'effusion' }, true],
  [{ label: 'normal' }, false],
  [{ modelId: 'model' }, true],
  [{ modelId: 'other' }, false],
  [{ verdict: 'none' }, true],
  [{ verdict: 'keep' }, false],
  [{ rating: 3 }, true],
  [{ rating: 4 }, false],
  [{ covariate: { name: 'age', from: 60, to: 60 } }, true],
  [{ covariate: { name: 'age', from: 61, to: 80 } }, false],
  [{ covariate: { name: 'bmi', from: 0, to: 99 } }, false],
])('%j: %s', (filter, expected) => {
  expect(matches(filter)).toBe(expected);
});

test('days count whole, by the local clock', () => {
  expect(matches({ from: '2026-11-22', to: '2026-11-22' })).toBe(true);
  expect(matches({ from: '2026-11-23' })).toBe(false);
  expect(matches({ to: '2026-11-21' })).toBe(false);
});
