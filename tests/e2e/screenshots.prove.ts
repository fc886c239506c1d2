/** The pictures of the README, drawn and shown by the built app: `npm run screenshots`. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, SHIPPED, test } from './app';
import { makeRecipe, recipeFor, tilesOf } from './datasets/dataset-pages';

const PICTURES = resolve(import.meta.dirname, '../../docs/pictures');
const SIZE = { width: 1280, height: 800 };

test.use({ viewport: SIZE, colorScheme: 'dark' });

/** What the page shows, as WebP: a tenth of the PNG. */
async function shoot(page: Page, name: string) {
  const png = (await page.screenshot()).toString('base64');
  const webp = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
    return Array.from(new Uint8Array(await blob.arrayBuffer()));
  }, png);
  writeFileSync(resolve(PICTURES, `${name}.webp`), Buffer.from(webp));
}

test('the first things to do', async ({ serve, studio }) => {
  const { page } = studio;
  const { url } = await serve(SHIPPED);
  await studio.open(url);
  await page.getByRole('button', { name: 'Do not show this again' }).click();
  const drawn = [
    'brain MRI, axial, glioma',
    'skin photo, nevus',
    'fundus photo, moderate diabetic retinopathy',
    'frontal chest x-ray, child, bacterial pneumonia',
  ];
  for (const prompt of drawn) await studio.makeImage(prompt, 4);
  await page.getByRole('button', { name: /^Chest x-ray/ }).scrollIntoViewIfNeeded();
  await shoot(page, 'first-studio');

  await page.getByRole('button', { name: /^Microscopy/ }).click();
  await page.getByRole('button', { name: 'Image or mask …' }).click();
  await page.getByText('Generate a layout').click();
  await page.getByRole('button', { name: 'Make the mask' }).click();
  await expect(page.getByText(/^\d+ instances$/).first()).toBeVisible();
  await studio.makeImage('fluorescence microscopy', 4);
  await page
    .getByText(/^\d+ instances$/)
    .first()
    .scrollIntoViewIfNeeded();
  await shoot(page, 'first-mask');

  const recipe = await recipeFor(url, 'Chest X-rays, with and without effusion', 18);
  await makeRecipe(page, { ...recipe, numInferenceSteps: 4 });
  await expect(tilesOf(page)).toHaveCount(18, { timeout: 300_000 });
  await expect(page.getByText(/^18 · done/)).toBeVisible();
  await shoot(page, 'first-dataset');
});
