/** The whole way of a project on the fixture model: real images, recipe, making, review, comparison, export, a file. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, onWasm, SHIPPED, Studio, TINY } from '../app';
import { openDatasets, unzip, withoutPicker } from '../datasets/dataset-pages';
import { range, writePictures } from '../evaluate/evaluation-folders';
import { test } from '../tiny-with-networks';

/** Six images of one row in two steps. */
async function writeRecipe(page: Page) {
  await page.getByRole('button', { name: 'Write the recipe' }).click();
  await expect(page).toHaveURL(/#\/datasets\/new\/[-\w]+$/);
  await page.getByRole('button', { name: 'The examples of the model' }).click();
  const remove = page.getByRole('button', { name: /^Remove row/ });
  while ((await remove.count()) > 1) await remove.last().click();
  await page.getByRole('spinbutton', { name: 'Images' }).fill('6');
  await page.getByRole('spinbutton', { name: 'Steps' }).fill('2');
}

const steps = (page: Page) => page.getByRole('list', { name: 'Steps of the project' });
const step = (page: Page, title: string) =>
  steps(page)
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: title }) });

test('a project leads from real images to an export, and opens elsewhere without them', async ({
  browser,
  page,
  place,
  serve,
  studio,
}, testInfo) => {
  const server = await serve([{ prefix: '/', folder: place }, ...SHIPPED]);
  const folder = testInfo.outputPath('scans');
  await mkdir(folder);
  await writePictures(folder, range(6));
  await withoutPicker(page);
  await onWasm(page);
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Projects', exact: true }).click();
  await page.getByLabel('Name of the new project').fill('Bands and stripes');
  await page.getByRole('button', { name: 'Begin a project' }).click();
  await expect(page).toHaveURL(/#\/projects\/[-\w]+$/);
  const address = page.url();

  await page.getByLabel('Folder of real images').setInputFiles(folder);
  await page.getByRole('button', { name: 'Use them for this visit' }).click();
  await expect(step(page, 'Real images')).toContainText(
    '6 images of “scans” · open for this visit',
  );

  await writeRecipe(page);
  const preview = page.getByRole('group', { name: 'Preview of row 1' });
  await expect(preview.getByRole('img')).toHaveCount(3);
  await page.getByRole('button', { name: /^Back to the project/ }).click();
  await expect(step(page, 'Recipe')).toContainText('6 images in 1 row');
  expect(page.url()).toBe(address);
  await page.goBack();
  await expect(page.getByRole('spinbutton', { name: 'Images' })).toHaveValue('6');
  await page.reload();
  await expect(page.getByRole('spinbutton', { name: 'Images' })).toHaveValue('6');
  await page.goto(address);

  // The visit was over with the reload: the images are asked for again, and the recipe is still there.
  await expect(step(page, 'Real images')).toContainText('Choose them again');
  await page.getByLabel('Folder of real images').setInputFiles(folder);
  await page.getByRole('button', { name: 'Use them for this visit' }).click();
  await page.getByRole('button', { name: 'Make 6 images' }).click();
  await expect(step(page, 'Making')).toContainText('6 of 6 images made');

  await page.getByRole('button', { name: 'Look through them' }).click();
  await expect(page).toHaveURL(/\/review$/);
  for (let i = 0; i < 6; i++) {
    await expect(page.getByText(`${i} of 6 judged`)).toBeVisible(); // a key before is nobody's
    await page.keyboard.press(i === 0 ? 'x' : 'k');
  }
  await page.getByRole('button', { name: /^Back to the project/ }).click();
  await expect(step(page, 'Look through')).toContainText('5 kept, 1 rejected');

  await page.getByRole('button', { name: 'Compare with the real images' }).click();
  await page.getByLabel('Train classifiers').uncheck();
  const compare = page.getByRole('button', { name: 'Compare', exact: true });
  await compare.click();
  await expect(page.getByRole('group', { name: 'Labels that no real image has' })).toBeInViewport();
  await compare.click(); // they mean none of the real ones
  await expect(page.getByRole('heading', { name: 'What the comparison says' })).toBeVisible();
  await page.getByRole('button', { name: /^Back to the project/ }).click();
  const comparison = step(page, 'Comparison');
  await expect(comparison).toContainText('6 synthetic against 6 real');
  await expect(comparison).toContainText(
    'Whether they help to train a classifier was not measured.',
  );

  await step(page, 'Export').getByRole('button', { name: 'Export …' }).click();
  const zipping = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the ZIP' }).click();
  const zip = await unzip(await zipping);
  expect([...zip.keys()].filter((path) => path.startsWith('images/'))).toHaveLength(5);
  await expect(page.getByText(/Saved: 5 images/)).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Back to the project/ }).click();
  await expect(step(page, 'Export')).toContainText('5 images saved');
  await expect(steps(page).locator('[aria-current=step]')).toHaveCount(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);

  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as a file' }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe('Bands-and-stripes.phantoscope-project.json');
  const text = await readFile(await saved.path(), 'utf8');
  expect(text).not.toMatch(/scans|stripes\/\d|bands\/\d|data:image/);
  expect(studio.consoleErrors).toEqual([]);

  const file = testInfo.outputPath('elsewhere.phantoscope-project.json');
  await writeFile(file, text);
  const other = await browser.newContext();
  await onWasm(other);
  const elsewhere = new Studio(await other.newPage());
  await elsewhere.page.goto(`${server.url}#/projects`);
  await elsewhere.page.getByLabel('Project file').setInputFiles(file);
  await expect(elsewhere.page.getByText('the pictures are not in this browser')).toBeVisible();
  await expect(step(elsewhere.page, 'Making')).toContainText('6 of 6 images made');
  await elsewhere.page.getByRole('button', { name: 'Show the comparison' }).click();
  await expect(
    elsewhere.page.getByRole('heading', { name: 'What the comparison says' }),
  ).toBeVisible();
  await elsewhere.page.getByRole('button', { name: /^Back to the project/ }).click();
  await elsewhere.page.getByRole('button', { name: 'Delete …' }).click();
  await elsewhere.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(elsewhere.page.getByText('There is no project yet')).toBeVisible();
  expect(elsewhere.consoleErrors).toEqual([]);
  await other.close();
});

test('a project that is not there leads to the list, and a file that is none is refused by name', async ({
  page,
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  await onWasm(page);
  await page.goto(`${server.url}#/projects/nowhere`);
  await expect(page).toHaveURL(/#\/projects$/);
  await page.getByLabel('Project file').setInputFiles({
    name: 'notes.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"format":"something-else"}'),
  });
  await expect(page.getByRole('alert')).toContainText('This is no project');
  await openDatasets(page);
  await page.goBack();
  await expect(page.getByLabel('Name of the new project')).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});
