import { expect, test } from 'vitest';
import { startingRecipe } from '../../../src/dataset/presets';
import { validateRecipe } from '../../../src/dataset/validate-recipe';
import { validateManifest } from '../../../src/models/manifest/validate-manifest';
import shipped from '../../../model-manifest.json';

const [entry] = validateManifest(structuredClone(shipped)).models;

test.each([
  ['chest x-ray', [6, 6]],
  ['fundus photo', [12]],
  ['a kind that it has no example of', [2, 2, 1, 1, 1, 1, 1, 1, 1, 1]],
  [null, [2, 2, 1, 1, 1, 1, 1, 1, 1, 1]],
])('a new recipe of %s is twelve labelled images', (modality, counts) => {
  const recipe = startingRecipe(entry, modality)!;

  expect(recipe.rows.map(({ count }) => count)).toEqual(counts);
  expect(recipe.rows.every(({ label }) => label)).toBe(true);
  expect(() => validateRecipe(recipe, entry)).not.toThrow();
});

test('without examples there is none', () => {
  expect(startingRecipe({ ...entry, examples: [] }, null)).toBeNull();
});
