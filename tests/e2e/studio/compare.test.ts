/** Two models side by side, on the fixture model and a second one. */
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
  await page.getByRole('button', { name: 'Draw it with Second model' }).click();
  const picture = page.getByRole('img', { name: 'Picture by Second model' });
  await expect(picture).toBeVisible();
  await expect(page.getByText(/^seed \d+ · 1 step · /)).toBeVisible();
  await expect(page.getByText(/^seed \d+ · 3 steps · /)).toBeVisible();
  await expect(studio.galleryPictures()).toHaveCount(2);
  await page.getByRole('button', { name: 'Back to the picture' }).click();
  await studio.makeImage('chest x-ray', 1);
  await expect(page.getByText(/1 steps · guidance 3 · .* · tiny$/)).toBeVisible();
});
