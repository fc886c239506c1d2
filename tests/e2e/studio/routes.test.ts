/** Every place has an address: Back, a reload and a copied link lead there. */
import { expect, test, TINY } from '../app';
import { writeDiscs } from '../finetune/finetune-pages';
import { makeRecipe, openDatasets, recipeFor, tilesOf } from '../datasets/dataset-pages';

test('Back and a reload keep the place and what was typed', async ({ serve, studio }) => {
  const { page } = studio;
  const server = await serve(TINY);
  await studio.open(server.url);
  await studio.makeImage('skin photo', 1);
  await studio.galleryPictures().first().click();
  await expect(page).toHaveURL(/#\/picture\/[-\w]+$/);

  await makeRecipe(page, await recipeFor(server.url, 'Two chests', 2));
  await expect(tilesOf(page)).toHaveCount(2);
  await expect(page).toHaveURL(/#\/datasets\/[-\w]+$/);
  const address = page.url();
  await page.getByRole('button', { name: 'Evaluate', exact: true }).click();
  await expect(page).toHaveURL(/#\/evaluate$/);
  await page.goBack();
  await expect(tilesOf(page)).toHaveCount(2);
  expect(page.url()).toBe(address);
  await page.reload();
  await expect(tilesOf(page)).toHaveCount(2);

  await openDatasets(page);
  await page.getByRole('button', { name: 'New recipe' }).click();
  await page.getByLabel('Title').fill('Half written');
  await page.goBack();
  await expect(tilesOf(page)).toHaveCount(2);
  await page.goForward();
  await expect(page.getByLabel('Title')).toHaveValue('Half written');
  await page.reload();
  await expect(page.getByLabel('Title')).toHaveValue('Half written');

  await page.getByRole('button', { name: 'Studio', exact: true }).click();
  await studio.prompt.fill('chest x-ray, effusion');
  await page.getByRole('button', { name: 'Look through' }).click();
  await expect(page).toHaveURL(/#\/gallery$/);
  await page.getByRole('button', { name: 'Back to the studio' }).click();
  await page.reload();
  await expect(studio.prompt).toHaveValue('chest x-ray, effusion');
  await page.goto(`${server.url}#/datasets/nowhere`);
  await expect(page).toHaveURL(/#\/datasets$/);
  expect(studio.consoleErrors).toEqual([]);
});

test('a comparison keeps what is chosen over a reload, and says what was for the visit', async ({
  serve,
  studio,
}, testInfo) => {
  const { page } = studio;
  await studio.open((await serve(TINY)).url);
  await studio.makeImage('skin photo', 1);
  await page.getByRole('button', { name: 'Evaluate', exact: true }).click();
  const synthetic = page.getByLabel('Synthetic images', { exact: true });
  await synthetic.selectOption('gallery');
  await page
    .getByLabel('Folder: Real images', { exact: true })
    .setInputFiles(writeDiscs(testInfo.outputPath('discs'), 2));
  await expect(page.getByLabel('Real images', { exact: true })).toHaveValue('folder');
  await page.getByLabel('Look for copies').uncheck();
  await page.reload();

  await expect(synthetic).toHaveValue('gallery');
  await expect(page.getByLabel('Look for copies')).not.toBeChecked();
  await expect(page.getByLabel('Real images', { exact: true })).toHaveValue('');
  await expect(page.getByText('Choose again: Real images.')).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});

test('a session keeps nothing of the form', async ({ serve, studio }) => {
  await studio.open(`${(await serve(TINY)).url}?session`);
  const before = await studio.prompt.inputValue();
  await studio.prompt.fill('chest x-ray, effusion');
  await studio.page.reload();
  await expect(studio.prompt).toHaveValue(before);
  expect(await studio.page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
});
