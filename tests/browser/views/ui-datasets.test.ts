import { page, userEvent } from 'vitest/browser';
import { beforeEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import App from '../../../src/App.svelte';
import type { ImageMaker } from '../../../src/views/datasets/state/dataset-run';
import { fakeMaker } from '../state/dataset-fakes';
import { fakeReader, fakeStudio } from './ui-fakes';

/** The app with its data sets in memory. */
async function openDatasets(
  maker: ImageMaker = fakeMaker().maker,
  change: Parameters<typeof fakeStudio>[0] = {},
) {
  const studio = fakeStudio({ generate: (...asked) => maker.generate(...asked), ...change });
  studio.model.phase = 'ready';
  void render(App, { studio });
  await page.getByRole('button', { name: 'Data sets' }).click();
  await expect.element(page.getByRole('button', { name: 'New recipe' })).toBeVisible();
  return studio;
}

async function makeImages(count: number) {
  await page.getByRole('button', { name: 'New recipe' }).click();
  await page.getByRole('button', { name: 'The examples of the model' }).click();
  await page.getByRole('button', { name: 'Remove row 2' }).click();
  await page.getByRole('spinbutton', { name: 'Images' }).fill(String(count));
  await page.getByRole('button', { name: 'Make these images' }).click();
  await expect.element(page.getByText(`${count} shown`)).toBeVisible();
}

const tiles = () => page.getByRole('listbox', { name: /^Images of/ }).getByRole('option');

beforeEach(async () => {
  await page.viewport(1280, 800);
});

test('a recipe is written in a form, and what it lacks is said at once', async () => {
  await openDatasets();
  await page.getByRole('button', { name: 'New recipe' }).click();
  const make = page.getByRole('button', { name: 'Make these images' });
  const prompt = page.getByRole('textbox', { name: 'Prompt' }).first();
  await prompt.fill('chest x-ray, {finding}');
  await expect.element(page.getByRole('alert')).toHaveTextContent(/placeholder \{finding\}/);
  await expect.element(make).toBeDisabled();

  await page.getByRole('button', { name: 'Words' }).first().click();
  await page.getByRole('textbox', { name: 'Words of finding' }).fill('normal ×3, effusion');
  await expect.element(make).toBeEnabled();
});

test('the way of a data set says what is done and leads to what is next', async () => {
  const studio = await openDatasets();
  await makeImages(2);
  const way = page.getByRole('list', { name: 'The way of this data set' });
  const current = () => way.element().querySelector('[aria-current=step]')?.textContent;
  await expect.element(way).toHaveTextContent(/Make 2 of 2 Look through not yet/);
  expect(current()).toMatch(/Look through/);
  await way.getByRole('button', { name: 'Look through' }).click();
  expect(studio.datasets?.grid?.reviewing).toBe(true);
  await userEvent.keyboard('kk');
  await expect.element(way).toHaveTextContent(/2 of 2 looked at/);
  expect(current()).toMatch(/Compare with real images/);
  await way.getByRole('button', { name: 'Compare with real images' }).click();
  expect(studio.view).toBe('evaluate');
});

test('unknown words of a row are told, and an image without a known one is not made unasked', async () => {
  const studio = await openDatasets(undefined, { readTexts: fakeReader(['ankle', 'zebra']) });
  await page.getByRole('button', { name: 'New recipe' }).click();
  await page.getByRole('button', { name: 'The examples of the model' }).click();
  await page.getByRole('button', { name: 'Remove row 2' }).click();
  await page.getByRole('spinbutton', { name: 'Images' }).fill('2');
  const prompt = page.getByRole('textbox', { name: 'Prompt' }).first();
  await prompt.fill('ankle chest');
  await expect.element(prompt).toHaveAccessibleDescription(/does not know: ankle.*Known: chest/);

  await prompt.fill('ankle zebra');
  await page.getByRole('button', { name: 'Make these images' }).click();
  await expect.element(page.getByRole('alert')).toHaveTextContent(/row 1, "ankle zebra"/);
  expect(studio.datasets?.queue.sets).toHaveLength(0);
  await page.getByRole('button', { name: 'Draw it anyway' }).click();
  await expect.element(page.getByText('2 shown')).toBeVisible();
});

test('rows are duplicated and removed, and the sum of images follows', async () => {
  const studio = await openDatasets();
  await page.getByRole('button', { name: 'New recipe' }).click();
  await page.getByRole('button', { name: 'The examples of the model' }).click();
  await expect.element(page.getByText('100 images')).toBeVisible();
  await page.getByRole('button', { name: 'Duplicate row 1' }).click();
  await expect.element(page.getByText('150 images')).toBeVisible();
  await page.getByRole('button', { name: 'Remove row 3' }).click();
  await expect.element(page.getByText('100 images')).toBeVisible();
  expect(studio.datasets?.form?.recipe.rows).toHaveLength(2);
});

test('of 500 images only those in view are elements, and the keyboard reaches the last', async () => {
  await openDatasets();
  await makeImages(500);
  await expect.element(tiles().first()).toBeVisible();
  expect(tiles().elements().length).toBeLessThan(120);
  await tiles().first().click();
  await userEvent.keyboard('{End}');
  await expect
    .element(page.getByRole('option', { name: /^Image 500,/ }))
    .toHaveAttribute('aria-selected', 'true');
});

test('K keeps and X rejects in review, and the progress counts', async () => {
  const studio = await openDatasets();
  await makeImages(4);
  await page.getByRole('button', { name: 'Look through' }).click();
  await expect.element(page.getByText('0 of 4 judged')).toBeVisible();
  await userEvent.keyboard('k');
  await userEvent.keyboard('x');
  await expect.element(page.getByText('2 of 4 judged')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(tiles().nth(1)).toHaveAccessibleName(/rejected/);
  expect(studio.datasets?.grid?.all.map(({ verdict }) => verdict)).toEqual([
    'keep',
    'reject',
    null,
    null,
  ]);
});

test('an export with more copies than the limit is refused until somebody says what becomes of them', async () => {
  const studio = await openDatasets();
  await makeImages(4);
  const { queue, grid, exporting } = studio.datasets!;
  await queue.noteCopyCheck(grid!.set.id, {
    ...{ copies: 1, checked: 4, method: 'By pixels.', limit: 0 },
    suspects: ['image-00000001'],
  });
  await page.getByRole('button', { name: 'Export …' }).click();
  const save = page.getByRole('button', { name: 'Save the ZIP' });
  await expect.element(page.getByText(/1 of 4 images are suspiciously near/)).toBeVisible();
  await expect.element(page.getByText(/above the limit of 0\.0 %/)).toBeVisible();
  await expect.element(save).toBeDisabled();
  await exporting.start(studio.datasets!.opened!, grid!.all);
  expect(exporting.saved).toBeNull();

  const choice = page.getByRole('combobox', { name: 'Suspected copies' });
  await choice.selectOptions('leave these 1 out');
  await expect.element(page.getByText(/^3 images, 70 %/)).toBeVisible();
  await expect.element(save).toBeEnabled();
  await choice.selectOptions('mark');
  await expect.element(page.getByText(/^4 images, 70 %/)).toBeVisible();
  await expect.element(save).toBeEnabled();

  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Export …' }).click();
  await expect.element(save).toBeDisabled();
});

test('keys of the studio do nothing while data sets are shown', async () => {
  const studio = await openDatasets();
  await makeImages(2);
  await userEvent.keyboard('?');
  expect(studio.dialog).toBeNull();
});

test('the page is busy while images are made, and not when they wait', async () => {
  let release: () => void = () => undefined;
  const { maker } = fakeMaker(() => new Promise((resolve) => (release = resolve)));
  const studio = await openDatasets(maker);
  const adding = studio.datasets!.queue.add({
    ...{ version: 1, title: 'One', modelId: 'fake', seed: 1, numInferenceSteps: 8 },
    ...{ guidanceScale: 4, scheduler: 'flow-match-euler' },
    rows: [{ count: 1, prompt: 'x', words: {}, covariates: {} }],
  });
  await adding;
  await expect.poll(() => studio.busy).toBe(true);
  release();
  await expect.poll(() => studio.busy).toBe(false);
});
