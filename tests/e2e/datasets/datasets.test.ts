/** A recipe in the background of the page, on the fixture model: kept, resumed, looked through, exported. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test, TINY } from '../app';
import {
  MANY_STEPS,
  hash,
  makeRecipe,
  openDatasets,
  recipeFor,
  tilesOf,
  unzip,
  withoutPicker,
} from './dataset-pages';

test('40 images with a reload in the middle: none lost, none twice, all in a ZIP whose hashes hold', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await withoutPicker(page);
  await studio.open(url);
  await makeRecipe(page, await recipeFor(url, 'Forty chests', 40, MANY_STEPS));
  const shown = page.getByText(/^\d+ of 40 ·/);
  await expect(shown).toHaveText(/^([1-3]\d|[5-9]) of 40/);
  await page.reload();
  await openDatasets(page);
  await expect(page.getByText(/^40 · done/)).toBeVisible();

  await page.getByRole('button', { name: 'Forty chests', exact: true }).click();
  await expect(page.getByText('40 shown · 0 selected')).toBeVisible();
  const tiles = tilesOf(page);
  await expect(tiles.first()).toHaveAccessibleName('Image 1, no finding');

  await tiles.first().click();
  await page.keyboard.press('x');
  await expect(tiles.first()).toHaveAccessibleName(/rejected/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Delete');
  await expect(page.getByText('39 shown')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('40 shown')).toBeVisible();
  await page.getByRole('button', { name: 'Make it again and compare' }).click();
  await expect(page.getByText('The pixels are identical.')).toBeVisible();

  await page.getByRole('button', { name: 'Export …' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the ZIP' }).click();
  const files = await unzip(await downloading);
  await expect(page.getByText(/Saved: 39 images/)).toBeVisible();

  const pictures = [...files.keys()].filter((path) => path.startsWith('images/'));
  expect(pictures).toHaveLength(39); // the rejected one stays out
  expect(new Set(pictures.map((path) => hash(files.get(path)!))).size).toBe(39);
  const sums = new TextDecoder().decode(files.get('SHA256SUMS')).trim().split('\n');
  expect(sums).toHaveLength(files.size - 1);
  for (const line of sums) {
    const [expected, path] = line.split('  ');
    expect(hash(files.get(path)!)).toBe(expected);
  }
  const csv = new TextDecoder().decode(files.get('labels.csv')).trim().split('\n');
  expect(csv).toHaveLength(40);
  expect(csv.filter((line) => line.includes(',effusion,'))).toHaveLength(20);
  expect(studio.consoleErrors).toEqual([]);
});

test('a folder of images becomes a data set with its sub-folders as labels, and is not exported as synthetic', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await openDatasets(page);
  const png = await readFile('tests/fixtures/formats/grey.png');
  const folder = testInfo.outputPath('scans');
  for (const label of ['normal', 'effusion']) {
    await mkdir(`${folder}/${label}`, { recursive: true });
    await writeFile(`${folder}/${label}/one.png`, png);
  }
  await writeFile(`${folder}/normal/broken.png`, 'no png');
  await page.getByLabel('Folder of images').setInputFiles(folder);
  await page.getByRole('button', { name: 'Use them for this visit' }).click();
  await expect(page.getByText('2 shown')).toBeVisible();
  await expect(tilesOf(page).first()).toHaveAccessibleName('Image 1, effusion');
  await expect(page.getByText('1 files were left out')).toBeVisible();
  await expect(page.getByText('real images, for this visit only')).toBeVisible();
  await page.getByRole('button', { name: 'Export …' }).click();
  await expect(page.getByText(/nobody knows that/)).toBeVisible();
});

test('no view of data sets scrolls sideways on a phone', async ({ page, serve, studio }) => {
  const { url } = await serve(TINY);
  await page.setViewportSize({ width: 380, height: 780 });
  await studio.open(url);
  await makeRecipe(page, await recipeFor(url, 'Forty chests', 40));
  await expect(tilesOf(page).first()).toBeVisible();
  const overflow = () =>
    page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  expect(await overflow()).toBe(0);
  await page.getByRole('button', { name: 'Recipe', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Make these images' })).toBeVisible();
  expect(await overflow()).toBe(0);
});

test('on a phone, too, an empty list says what a recipe is', async ({ studio, serve }) => {
  const { page } = studio;
  await page.setViewportSize({ width: 380, height: 780 });
  const { url } = await serve(TINY);
  await page.goto(new URL('#/datasets', url).href);

  await expect(page.getByText('A recipe says what images a data set has.')).toBeInViewport();
});
