/** What a fine-tuning leaves: a page that is there after a reload, and the ways from it, on the fixture model. */
import { expect, test, TINY } from '../app';
import { trainToTheEnd, writeDiscs } from './finetune-pages';

test('the results of a run stay, and lead to the studio, to an evaluation and to 200 images', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await trainToTheEnd(page, writeDiscs(testInfo.outputPath('discs'), 8), 12);
  const results = page.getByRole('article', { name: 'Results of My images' });
  const seen = async () => {
    await expect(results.getByText('What it learned')).toBeVisible();
    await expect(results.getByText('Loss before')).toBeVisible();
    await expect(results.getByRole('img', { name: /^By the tuned model: / })).toHaveCount(4);
    await expect(results.getByText('Held-out loss after step 1', { exact: true })).toBeVisible();
    await expect(results.getByRole('img', { name: 'Loss over steps' })).toBeVisible();
    await expect(results.getByRole('group', { name: 'Samples after step 12' })).toBeVisible();
    await expect(results.getByText('0.05', { exact: true })).toBeVisible(); // its learning rate
  };
  await seen();
  const evaluate = results.getByRole('button', { name: 'Evaluate this' });
  const source = (name: string | RegExp) => page.getByRole('combobox', { name, exact: true });
  await evaluate.click(); // in this visit its images are there to be compared with
  await expect(source('Synthetic images')).toContainText('My images (4 files)');
  await expect(source('Real images')).toContainText('My images (7 files)');
  await expect(page.getByRole('button', { name: 'Compare', exact: true })).toBeEnabled();
  await page.goBack();
  await seen();
  await page.reload(); // its address leads back to it
  await seen();

  await results.getByRole('button', { name: 'Make 200 with it' }).click();
  await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('My images: 200 images');
  await expect(page.getByText('200 images').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Make these images' })).toBeEnabled();
  await page.goBack();
  await seen();

  // After the reload nobody knows the images that it was trained on.
  await evaluate.click();
  await expect(
    page.getByText('The images that “My images” was trained on are not stored.'),
  ).toBeVisible();
  await expect(source('Synthetic images')).toContainText('My images (4 files)');
  await page.goBack();

  await results.getByRole('button', { name: 'Use in the studio' }).click();
  await expect(studio.prompt).toHaveValue('chest x-ray');
  await studio.makeImage('chest x-ray', 2);
  await expect(page.getByRole('region', { name: 'Image' })).toContainText('tuned: My images × 1');
  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  await results.getByRole('button', { name: /^Delete My images/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('None yet.')).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});
