import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseRecipe } from '../../../src/dataset/parse-recipe';
import { createPlan } from '../../../src/dataset/recipe';
import { assignSplits } from '../../../src/dataset/splits';
import { toRecord } from '../../../src/dataset/export-items';
import { modelHash } from '../../../src/models/manifest/located-model';
import type { ModelManifest } from '../../../src/models/manifest/manifest';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/batch');
const read = (name: string) => readFileSync(resolve(FIXTURES, name), 'utf8');

interface Case {
  recipe: object;
  images: { index: number }[];
}

/** Written by batch/tests/make_plan_fixture.py, and held against Python in batch/tests/test_batch_recipe.py. */
const cases = JSON.parse(read('plan.json')) as Case[];

test('a recipe is the same list of images here and in batch/, to the last bit of each number', () => {
  expect(cases.length).toBeGreaterThan(5);
  for (const { recipe, images } of cases) {
    const plan = createPlan(parseRecipe(JSON.stringify(recipe)));
    const found = images.map(({ index }) => {
      const { row, label, words, request } = plan.image(index);
      const { prompt, negativePrompt, seed, covariates } = request;
      return { index, row, label, words, prompt, negativePrompt, seed, covariates };
    });
    expect(found).toEqual(images);
  }
});

test('the splits are those of the built app, which batch/ comes to as well', () => {
  const recipe = parseRecipe(read('recipe.json'));
  const plan = createPlan(recipe);
  const written = read('app/labels.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { split: string });
  const records = written.map((_, index) => {
    const { lora: _lora, moreLoras: _more, ...request } = plan.image(index).request;
    const { label } = plan.image(index);
    const facts = { index, label, ...request, modelHash: '', createdAt: new Date(0) };
    return toRecord(plan, recipe, facts);
  });
  const splits = assignSplits(records, { train: 0.7, validation: 0.1, test: 0.2 }, recipe.seed);
  expect(splits).toEqual(written.map(({ split }) => split));
});

test('what the built app drew for batch/ comes of the tiny model of today', async () => {
  const manifest = JSON.parse(read('../tiny-model/model-manifest.json')) as ModelManifest;
  const hash = await modelHash(manifest.models[0]);
  for (const folder of ['app', 'checked', 'dicom']) {
    const { model_sha256: found } = JSON.parse(read(`${folder}/labels.jsonl`).split('\n')[0]) as {
      model_sha256: string;
    };
    expect(found, `${folder} is of another model: python batch/tests/make_app_fixtures.py`).toBe(
      hash,
    );
  }
});
