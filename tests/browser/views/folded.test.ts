import '../../../src/styles/tokens.css';
import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import type { RecipeRow } from '../../../src/dataset/recipe';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { findChecker } from '../../../src/models/manifest/find-checker';
import RecipeRowFields from '../../../src/views/datasets/RecipeRowFields.svelte';
import { RecipeForm } from '../../../src/views/datasets/state/recipe-form.svelte';
import SweepFields from '../../../src/views/studio/SweepFields.svelte';
import { fakeStudio } from './ui-fakes';

/** A recipe of one row for the shipped model. */
async function recipeOf(row: Partial<RecipeRow>) {
  const manifest = (await (await fetch('/model-manifest.json')).json()) as ModelManifest;
  const form = new RecipeForm(manifest.models[0], findChecker(manifest));
  form.addRow();
  const rows = [{ ...form.recipe.rows[0], words: {}, covariates: {}, ...row }];
  form.use({ ...form.recipe, rows });
  return form;
}

const names = (form: RecipeForm) => form.rows[0].freeCovariates.map(({ name }) => name);

test('a row offers the covariates and masks of the kind of image that its prompt names, and the rest on demand', async () => {
  const form = await recipeOf({ prompt: 'frontal chest x-ray, no finding' });
  const [row] = form.rows;
  const screen = await render(RecipeRowFields, { form, row, number: 1, tuned: [] });
  expect(names(form)).toEqual(['age', 'sex', 'view']);
  await expect.element(screen.getByLabelText('Masks of row 1')).not.toBeInTheDocument();
  await screen.getByRole('checkbox', { name: /^Show \d more$/ }).click();
  expect(names(form)).toContain('dr_grade');
  await expect.element(screen.getByLabelText('Masks of row 1')).toBeVisible();

  await screen.getByLabelText('Add a covariate to row 1').selectOptions('dr_grade');
  await expect
    .element(screen.getByText('Means nothing for chest x-ray: it is for fundus photo.'))
    .toBeVisible();
  row.mask = form.stains[0];
  await expect.element(screen.getByText(/masks for microscopy only.*chest x-ray/)).toBeVisible();
  row.prompt = 'fluorescence microscopy of nuclei';
  await expect.element(screen.getByText(/masks for microscopy only/)).not.toBeInTheDocument();
});

test('a row whose list names several kinds offers what any of them can have; of an unknown kind nothing is folded', async () => {
  const kinds = [
    { value: 'chest x-ray', share: 1 },
    { value: 'fundus photo', share: 1 },
  ];
  const form = await recipeOf({ prompt: '{kind}', words: { kind: kinds } });
  expect(form.rows[0].kinds).toEqual(['chest x-ray', 'fundus photo']);
  expect(names(form)).toEqual(['age', 'sex', 'view', 'dr_grade']);
  expect(form.rows[0].whyNoMask).not.toBe('');
  form.rows[0].words[0].text = 'something';
  expect(form.rows[0].kinds).toEqual([null]);
  expect(form.rows[0].numFolded).toBe(0);
});

test('a sweep offers what means something for the kind of image, keeps what was chosen, and says why not', async () => {
  const studio = fakeStudio();
  await studio.workbench.openSweep();
  const sweep = studio.workbench.sweep!;
  const screen = await render(SweepFields, { studio, sweep });
  const offered = () => sweep.y.covariates.map(({ name }) => name);
  expect(offered()).toEqual(['age', 'view', '@seed', '@steps', '@guidance']);
  sweep.y.choose('view');
  studio.form.useExample(studio.entry.examples[1]);
  expect(offered()).toEqual(['age', 'view', 'ventricleSize', '@seed', '@steps', '@guidance']);
  await expect
    .element(screen.getByText('Means nothing for brain MRI: it is for chest x-ray.'))
    .toBeVisible();
  sweep.y.choose('');
  expect(offered()).not.toContain('view');
  await screen.getByRole('checkbox', { name: 'Offer all 3 covariates' }).click();
  expect(offered()).toContain('view');
});
