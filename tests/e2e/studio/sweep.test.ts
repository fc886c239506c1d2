/** Sweeps in the studio, on the fixture model. */
import { readFile } from 'node:fs/promises';
import { decode } from 'fast-png';
import { expect, test, TINY } from '../app';
import { savedPng } from './saved-png';

test('a sweep makes a labelled grid of one seed, keeps each picture, and is saved as one PNG', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.prompt.fill('brain MRI, 80 year old woman');
  await studio.setNumber('Steps', 1);
  await page.getByRole('button', { name: 'Sweep …' }).click();
  await page.getByRole('combobox', { name: 'Across' }).selectOption('age');
  await page.getByLabel('Across: number of values').fill('3');
  await page.getByRole('combobox', { name: 'Down' }).selectOption('sex');
  await page.getByRole('button', { name: 'Make 6 images' }).click();
  await expect(page.getByText(/6 of 6/)).toBeVisible();
  await expect(studio.galleryPictures()).toHaveCount(6);
  await expect(page.getByRole('columnheader')).toHaveText(['0 years', '50 years', '100 years']);
  await expect(page.getByRole('rowheader')).toHaveText(['female', 'male']);

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the grid' }).click();
  const grid = await readFile(await (await downloading).path());
  expect(decode(grid).width).toBeGreaterThan(3 * 64);
  expect(grid.toString('latin1')).toContain('Synthetic image, made by a generative model');

  // Prompt and covariates say the same in each picture.
  await page.getByRole('cell').getByRole('button').last().click();
  const png = (await savedPng(page)).toString('latin1');
  expect(png).toContain('"prompt":"brain MRI, 100 year old man"');
  expect(png).toContain('"covariates":{"age":100,"sex":1}');

  // The grid outlives the page.
  await page.reload();
  await page.getByRole('button', { name: 'Its sweep' }).click();
  await expect(page.getByText(/6 of 6/)).toBeVisible();
  await expect(page.getByRole('rowheader')).toHaveText(['female', 'male']);
  await expect(page.getByRole('cell').getByRole('img')).toHaveCount(6);
});

test('a sweep can be cancelled, what was made stays, and the rest is made after a reload', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.setNumber('Steps', 50);
  await page.getByRole('button', { name: 'Sweep …' }).click();
  await page.getByRole('combobox', { name: 'Across' }).selectOption('age');
  await page.getByLabel('Across: number of values').fill('3');
  await page.getByRole('checkbox', { name: 'Offer all 7 covariates' }).check(); // it means nothing here
  await page.getByRole('combobox', { name: 'Down' }).selectOption('skin_tone');
  const sweep = page.getByRole('group', { name: 'Sweep' });
  await expect(sweep.getByText(/^Means nothing for .* it is for skin photo\.$/)).toBeVisible();
  await page.getByRole('button', { name: 'Make 18 images' }).click();
  await expect(studio.galleryPictures().first()).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(studio.generate).toBeEnabled();
  const made = await studio.galleryPictures().count();
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(18);

  await page.reload();
  await page.getByRole('button', { name: 'Its sweep' }).click();
  await expect(page.getByText(`${made} of 18`)).toBeVisible();
  await page.getByRole('button', { name: `Make the missing ${18 - made}` }).click();
  await expect(page.getByText('18 of 18')).toBeVisible();
  await expect(studio.galleryPictures()).toHaveCount(18);
});

test('a sweep runs along seeds and steps, and is put together again after a reload', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.prompt.fill('brain mri');
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('7');
  await page.getByRole('button', { name: 'Sweep …' }).click();
  await page.getByRole('combobox', { name: 'Across' }).selectOption('Seed');
  await page.getByLabel('Across: number of values').fill('2');
  await page.getByLabel('Across to').fill('8');
  await page.getByRole('combobox', { name: 'Down' }).selectOption('Steps');
  await page.getByLabel('Down to').fill('3');
  await page.getByLabel('Down: number of values').fill('3');
  await page.getByRole('button', { name: 'Make 6 images' }).click();
  // Not the line of progress, which says as much while the last one is drawn.
  await expect(page.getByText('Seed × Steps · 6 of 6')).toBeVisible();
  await page.reload();
  await page.getByRole('button', { name: 'Its sweep' }).click();
  await expect(page.getByRole('columnheader')).toHaveText(['7', '8']);
  await expect(page.getByRole('rowheader')).toHaveText(['1', '2', '3']);
  await expect(page.getByText('Seed × Steps · 6 of 6')).toBeVisible(); // of no one seed
  await expect(page.getByRole('img', { name: 'Seed 8 · Steps 3' })).toBeVisible();
  await page.getByRole('cell').getByRole('button').last().click();
  const png = (await savedPng(page)).toString('latin1');
  expect(png).toContain('"seed":8');
  expect(png).toContain('"numInferenceSteps":3');
});
