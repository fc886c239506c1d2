import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { validateRecipe } from '../../../src/dataset/validate-recipe';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { recipeOf } from '../../../src/views/finetune/results/tuned-recipe';

const manifest = JSON.parse(
  readFileSync(
    resolve(import.meta.dirname, '../../fixtures/tiny-model/model-manifest.json'),
    'utf8',
  ),
) as ModelManifest;
const [entry] = manifest.models;
const model = {
  ...{ id: 't', createdAt: new Date(), sha256: 'a'.repeat(64), imported: false, picture: null },
  facts: { title: 'Knees', rank: 2 },
};
const prompt = (caption: string, count: number) => ({ caption, prompt: caption, count });

test('200 images are dealt to the captions as the training images had them, and none is left out', () => {
  const recipe = recipeOf(
    model,
    [prompt('knee', 97), prompt('hip {left}', 2), prompt('a', 1)],
    entry,
    7,
  );
  expect(() => validateRecipe(recipe, entry)).not.toThrow();
  expect(recipe.rows.map(({ count }) => count)).toEqual([192, 5, 3]); // 1 each, and 197 by 97, 2 and 1 %
  expect(recipe.rows[1]).toMatchObject({ prompt: 'hip (left)', label: 'hip (left)' });
  expect(recipe.rows[0].lora).toEqual({ sha256: model.sha256, title: 'Knees', strength: 1 });
});

test('of a caption for each of 2,000 images there are rows that can be looked over, spread over all', () => {
  const captions = Array.from({ length: 2000 }, (_, i) => prompt(`image ${i}`, 1));
  const recipe = recipeOf(model, captions, entry, 7);
  expect(() => validateRecipe(recipe, entry)).not.toThrow();
  expect(recipe.rows).toHaveLength(24);
  expect(recipe.rows.reduce((sum, { count }) => sum + count, 0)).toBe(200);
  expect(recipe.rows[1].prompt).toBe('image 83');
});
