/** Every place has an address: Back, a reload and a copied link lead there. */
import { expect, test, TINY } from '../app';
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

test('a session keeps nothing of the form', async ({ serve, studio }) => {
  await studio.open(`${(await serve(TINY)).url}?session`);
  const before = await studio.prompt.inputValue();
  await studio.prompt.fill('chest x-ray, effusion');
  await studio.page.reload();
  await expect(studio.prompt).toHaveValue(before);
  expect(await studio.page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
});
