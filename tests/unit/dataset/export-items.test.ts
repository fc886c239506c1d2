import { expect, test } from 'vitest';
import { describeExport } from '../../../src/dataset/export-items';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';

const ENTRY = {
  ...{ id: 'm', title: 'The model', version: '1.0.0', licence: { name: 'MIT', url: '' } },
  conditions: { covariates: [], initImage: false },
} as unknown as DiffusionEntry;

test('a data set that two versions of a model have made names both, and the number of one', () => {
  const facts = ['old', 'now', 'old'].map((modelHash) => ({ modelHash, covariates: {} }));
  const set = { title: 'Mixed', recipe: null };
  const { models } = describeExport(set, ENTRY, facts, '0.1.0', 'now');
  expect(models.map(({ hash, version }) => [hash, version])).toEqual([
    ['old', 'another one than 1.0.0'],
    ['now', '1.0.0'],
  ]);
});

test('images that were never confirmed are counted as left out', () => {
  const failed = [
    { index: 1, message: 'Not in four tries.', notConfirmed: true },
    { index: 2, message: 'The device was lost.' },
  ];
  const set = { title: 'Checked', recipe: null, failed };
  expect(describeExport(set, ENTRY, [], '0.1.0', 'now').leftOut).toBe(1);
  expect(describeExport({ ...set, failed: [] }, ENTRY, [], '0.1.0', 'now')).not.toHaveProperty(
    'leftOut',
  );
});
