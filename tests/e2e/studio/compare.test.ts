/** Two models side by side and in a sweep, on the fixture model and a second one. */
import { expect } from '../app';
import { test } from './two-models';

test('a second model is fetched, draws beside the first, and the studio goes on with its own', async ({
  page,
  studio,
  url,
}) => {
  await studio.open(url);
  await studio.makeImage('brain MRI', 1);
  await page.getByRole('button', { name: 'Compare …' }).click();
  await expect(page.getByRole('option')).toContainText(['Second model (fetched first)']);
  await expect(page.locator('.stage')).toBeFocused(); // the button that led here is gone
  await page.getByRole('button', { name: 'Draw it with Second model' }).click();
  const picture = page.getByRole('img', { name: 'Picture by Second model' });
  await expect(picture).toBeVisible();
  await expect(page.getByText(/^seed \d+ · 1 step · /)).toBeVisible();
  await expect(page.getByText(/^seed \d+ · 3 steps · /)).toBeVisible();
  await expect(studio.galleryPictures()).toHaveCount(2);
  await page.getByRole('button', { name: 'Back to the picture' }).click();
  await expect(page.getByRole('region', { name: 'Image', exact: true })).toBeFocused();
  await studio.makeImage('chest x-ray', 1);
  await expect(page.getByText(/1 steps · guidance 3 · .* · tiny$/)).toBeVisible();
});

test('a sweep runs along both models, the worker draws with each, and it is saved and there after a reload', async ({
  page,
  studio,
  url,
}) => {
  await studio.open(url);
  await studio.prompt.fill('brain MRI');
  await page.getByRole('button', { name: 'Sweep …' }).click();
  await page.getByRole('combobox', { name: 'Across' }).selectOption('Model');
  await page.getByRole('checkbox', { name: 'Second model (fetched first)' }).check();
  await page.getByRole('button', { name: 'Make 2 images' }).click();
  await expect(page.getByText('Model · 2 of 2')).toBeVisible();
  await expect(page.getByRole('columnheader')).toHaveText(['Tiny untrained model', 'Second model']);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the grid' }).click();
  expect((await downloading).suggestedFilename()).toMatch(/^sweep-model_seed\d+\.png$/);
  await page.reload();
  await page.getByRole('button', { name: 'Its sweep' }).click();
  await expect(page.getByText('Model · 2 of 2')).toBeVisible();
  await expect(page.getByRole('img', { name: 'Model Second model' })).toBeVisible();
});
