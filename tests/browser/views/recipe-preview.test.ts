import { page } from 'vitest/browser';
import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import App from '../../../src/App.svelte';
import type { GenerationRequest } from '../../../src/contract/request';
import type { PlannedImage } from '../../../src/dataset/recipe';
import type { FirstImage } from '../../../src/views/datasets/state/dataset-run';
import { RecipePreview } from '../../../src/views/datasets/state/recipe-preview.svelte';
import { fakeMaker, fakeRecipe } from '../state/dataset-fakes';
import { endless, fakeImage, fakeStudio, tinyPng } from './ui-fakes';

const HOOKS = {
  choice: () => 'wasm' as const,
  ready: async () => undefined,
  turn: async () => undefined,
  prepare: async ({ request }: { request: GenerationRequest }) => ({ request }),
};

test('the first three pictures of the row are drawn as the recipe will make them, and once only', async () => {
  const { maker, asked } = fakeMaker();
  const preview = new RecipePreview({ maker, hooks: HOOKS });
  const recipe = fakeRecipe(5);
  const twice = { ...recipe, rows: [...recipe.rows, ...recipe.rows] };
  preview.row = 1;
  preview.follow(twice);
  await expect.poll(() => asked).toEqual([5, 6, 7]);
  await expect.poll(() => preview.picturesOf(twice, 1).every(({ png }) => png)).toBe(true);
  expect(preview.picturesOf(twice, 0).map(({ png }) => png)).toEqual([null, null, null]);
  expect(preview.picturesOf(twice, 1)[0]).toMatchObject({
    seed: 7,
    prompt: 'chest x-ray, normal',
  });

  preview.row = 0;
  preview.follow({ ...twice, rows: [{ ...twice.rows[0], count: 2 }, twice.rows[1]] });
  await expect.poll(() => asked).toEqual([5, 6, 7, 0, 1]);
  preview.row = 1;
  preview.follow(twice);
  await new Promise((resolve) => setTimeout(resolve, 900));
  expect(asked).toHaveLength(5); // they are still there
});

test('of a row of pairs two are drawn, the second image from the picture of the first', async () => {
  const { maker } = fakeMaker();
  const from: (string | undefined)[] = [];
  const prepare = async ({ request }: PlannedImage, first?: FirstImage) => {
    from.push(await first?.png.text());
    return { request };
  };
  const preview = new RecipePreview({ maker, hooks: { ...HOOKS, prepare } });
  const recipe = fakeRecipe(5);
  const pairs = { ...recipe, rows: [{ ...recipe.rows[0], pair: { sentence: 'older' } }] };
  preview.follow(pairs);
  await expect.poll(() => preview.picturesOf(pairs, 0).every(({ png }) => png)).toBe(true);
  expect(from).toEqual([undefined, '0 chest x-ray, normal', undefined, '2 chest x-ray, effusion']);
  expect(preview.picturesOf(pairs, 0)[1].prompt).toBe('chest x-ray, normal → older');
});

test('what is being drawn ends where the recipe changes or is left, and that is no error', async () => {
  const signals: AbortSignal[] = [];
  const maker = {
    generate: (
      _request: GenerationRequest,
      _choice: string,
      options: Parameters<ReturnType<typeof endless>>[0],
    ) => {
      signals.push(options.signal);
      return endless()(options);
    },
  };
  const preview = new RecipePreview({ maker, hooks: HOOKS });
  const stop = preview.follow(fakeRecipe(5));
  await expect.poll(() => signals.length).toBe(1);
  stop!();
  expect(signals[0].aborted).toBe(true);
  await expect
    .poll(() => preview.picturesOf(fakeRecipe(5), 0).some(({ drawing }) => drawing))
    .toBe(false);
  expect(preview.error).toBeNull();
  expect(preview.follow(null)).toBeUndefined();
});

test('why a picture cannot be drawn is said', async () => {
  const maker = { generate: () => Promise.reject(new Error('no model')) };
  const preview = new RecipePreview({ maker, hooks: HOOKS });
  preview.follow(fakeRecipe(5));
  await expect.poll(() => preview.error?.message).toBe('no model');
});

test('a project begins in its view, writes its recipe with a preview, and the way back is at hand', async () => {
  const png = await tinyPng();
  const studio = fakeStudio({ generate: async (request) => fakeImage(request, png) });
  studio.model.phase = 'ready';
  void render(App, { studio });
  await page.getByRole('button', { name: 'Projects', exact: true }).click();
  await page.getByLabelText('Name of the new project').fill('Effusions');
  await page.getByRole('button', { name: 'Begin a project' }).click();
  const steps = page.getByRole('list', { name: 'Steps of the project' });
  await expect.element(steps).toBeVisible();
  expect(location.hash).toMatch(/^#\/projects\/.+/);
  const current = () => steps.element().querySelector('[aria-current=step] h2')?.textContent;
  expect(current()).toContain('Real images');

  await page.getByRole('button', { name: 'Write the recipe' }).click();
  await expect.element(page.getByLabelText('Title')).toHaveValue('Effusions');
  const preview = page.getByRole('group', { name: 'Preview of row 1' });
  await expect.poll(() => preview.getByRole('img').elements().length).toBe(3);
  const datasets = studio.datasets!;
  datasets.offered = [{ path: 'scans/a.png', file: new File([png], 'a.png') }];
  expect((await datasets.takeOffered('visit'))?.title).toBe('scans');
  expect(datasets.form).not.toBeNull(); // a folder that is read meanwhile closes nothing
  await page.getByRole('spinbutton', { name: 'Images' }).first().fill('2');
  await page.getByRole('button', { name: /^Back to the project/ }).click();
  await expect.element(steps).toHaveTextContent(/Recipe done 2 images in 1 row/);
  await page.getByRole('button', { name: 'Delete …' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect.element(page.getByText('There is no project yet.')).toBeVisible();
  expect(location.hash).toBe('#/projects');
});
