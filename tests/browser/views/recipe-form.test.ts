import { expect, test } from 'vitest';
import { recipePresets } from '../../../src/dataset/presets';
import { createPlan } from '../../../src/dataset/recipe';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { RecipeForm } from '../../../src/views/datasets/state/recipe-form.svelte';
import { formatShares, parseShares } from '../../../src/views/datasets/state/share-text';

/** With the number of nuclei, which models before 1.0.0 do not know. */
async function shippedModel() {
  const manifest = (await (await fetch('/model-manifest.json')).json()) as ModelManifest;
  const [entry] = manifest.models;
  const { covariates } = entry.conditions;
  if (covariates.some(({ name }) => name === 'nuclei')) return entry;
  const nuclei = {
    ...{ name: 'nuclei', title: 'Number of nuclei', unit: '', min: 0, max: 120, step: 1, help: '' },
    appliesTo: ['microscopy'],
  };
  return { ...entry, conditions: { ...entry.conditions, covariates: [...covariates, nuclei] } };
}

test('every preset can be made with the shipped model, and the editor changes no image of it', async () => {
  const entry = await shippedModel();
  const presets = recipePresets(entry);
  expect(presets.map(({ title }) => title)).toContain('6 skin tones × 6 diagnoses');
  expect(presets).toHaveLength(8);
  for (const { recipe } of presets) {
    const form = new RecipeForm(entry);
    form.use(recipe);
    expect(form.problem).toBeNull();
    const [before, after] = [createPlan(recipe), createPlan(form.recipe)];
    expect(after.total).toBe(before.total);
    for (const k of [0, 1, 77, before.total - 1]) expect(after.image(k)).toEqual(before.image(k));
  }
});

test('a change that the model has no words for keeps a recipe of pairs from being made, by row', async () => {
  const form = new RecipeForm(await shippedModel());
  form.use(recipePresets(form.entry).find(({ title }) => /pairs/.test(title))!.recipe);
  const [row] = form.rows;
  expect(form.total).toBe(2 * row.count);
  row.pair.sentence = '';
  expect(form.problem?.message).toMatch(/Row 1: pairs: nothing is to change/);
  row.pair.sentence = 'make it nicer';
  expect(form.problem?.message).toMatch(/Row 1: "make it nicer" names no change/);
  row.pair.on = false;
  expect(form.problem).toBeNull();
  expect(form.total).toBe(row.count);
  expect(form.recipe.rows[0]).not.toHaveProperty('pair');
});

test('words of a placeholder for a covariate outlive the editor', async () => {
  const entry = await shippedModel();
  const form = new RecipeForm(entry);
  form.use(recipePresets(entry).find(({ title }) => /retinopathy/.test(title))!.recipe);
  const { request } = createPlan(form.recipe).image(0);
  expect(request.prompt).toBe('retinal fundus photograph, no diabetic retinopathy');
});

test('of a recipe of a model with guidance a model without takes what it can make', async () => {
  const entry = await shippedModel();
  expect(entry.ranges.guidanceScale).toEqual([1, 1]); // neither is asked for in its form
  const [{ recipe }] = recipePresets(entry);
  const rows = recipe.rows.map((row) => ({ ...row, negativePrompt: 'blur' }));
  const form = new RecipeForm(entry);
  form.use({ ...recipe, modelId: 'guided', guidanceScale: 2, scheduler: 'ddim', rows });
  expect(form.problem).toBeNull();
  expect(form.recipe.guidanceScale).toBe(1);
  expect(form.recipe.rows[0]).not.toHaveProperty('negativePrompt');
});

test('a recipe that was written by hand means the same images after it was opened', async () => {
  const entry = await shippedModel();
  const [{ recipe }] = recipePresets(entry);
  const row = {
    ...{ count: 40, prompt: 'chest x-ray, {finding}, {view}, {age} years, {sex}' },
    words: {
      finding: [
        { value: 'effusion, left', share: 2 },
        { value: 'normal', share: 1, name: 'no finding' },
      ],
    },
    covariates: {
      age: { from: 20, to: 80, step: 20 },
      sex: 1,
      view: [
        { value: 1, share: 1, name: 'AP' },
        { value: 0, share: 2, name: 'frontal' },
      ],
    },
  };
  const nuclei = { nuclei: [{ value: 30, share: 1, name: 'some' }] };
  const other = { count: 2, prompt: 'microscopy, {nuclei} nuclei', words: {}, covariates: nuclei };
  const form = new RecipeForm(entry);
  form.use({ ...recipe, rows: [row, other] });
  expect(form.problem).toBeNull();
  expect(form.recipe.rows).toEqual([row, other]);

  const [finding] = form.rows[0].words;
  finding.text = 'normal, pneumothorax';
  form.rows[0].rules[0].to = 60;
  const changed = form.recipe.rows[0];
  expect(changed.words.finding).toEqual([
    { value: 'normal', share: 1, name: 'no finding' },
    { value: 'pneumothorax', share: 1 },
  ]);
  expect(changed.covariates.age).toEqual({ from: 20, to: 60, step: 20 });
});

test('a duplicate is a row of its own', async () => {
  const form = new RecipeForm(await shippedModel());
  form.addRow();
  form.duplicate(form.rows[0]);
  form.rows[1].count = 7;
  expect(form.rows.map(({ count }) => count)).toEqual([100, 7]);
  form.remove(form.rows[0]);
  expect(form.total).toBe(7);
});

test('a file that is no recipe is refused by name, and the form stays', async () => {
  const form = new RecipeForm(await shippedModel());
  form.addRow();
  await form.open(new File(['{}'], 'x.json'));
  expect(form.error?.name).toBe('RequestInvalid');
  expect(form.rows).toHaveLength(1);
});

test('lists are read as they are written', () => {
  const list = parseShares('nevus ×2, basal cell carcinoma\n melanoma*3,,');
  expect(list).toEqual([
    { value: 'nevus', share: 2 },
    { value: 'basal cell carcinoma', share: 1 },
    { value: 'melanoma', share: 3 },
  ]);
  expect(parseShares(formatShares(list))).toEqual(list);
});
