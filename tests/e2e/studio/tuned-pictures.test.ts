/** Pictures of a tuned model, on the fixture: in a recipe, made again, exported, and their settings used once more. */
import { expect, test, TINY } from '../app';
import { openDatasets, recipeFor, tilesOf, unzip, withoutPicker } from '../datasets/dataset-pages';
import { storedHashes, trainToTheEnd, writeDiscs } from '../finetune/finetune-pages';

test('a recipe names a tuned model for a row, each picture can be made again, and the export says what it was tuned with', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await withoutPicker(page);
  await studio.open(url);
  await trainToTheEnd(page, writeDiscs(testInfo.outputPath('discs'), 8), 12);
  const [sha256] = await storedHashes(page);

  await openDatasets(page);
  await page.getByRole('button', { name: 'New recipe' }).click();
  await page.getByLabel('Recipe file').setInputFiles({
    name: 'tuned.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(await recipeFor(url, 'Half tuned', 2))),
  });
  await page.getByRole('button', { name: 'Duplicate row 1' }).click();
  await page.getByLabel('Tuned model of row 2').selectOption({ index: 1 });
  await page.getByLabel('Strength').fill('1.5');
  await page.screenshot({ path: testInfo.outputPath('recipe.png') });
  await page.getByRole('button', { name: 'Make these images' }).click();
  await expect(page.getByText(/^4 · done/)).toBeVisible();

  await tilesOf(page).last().click();
  await page.getByRole('button', { name: 'Make it again and compare' }).click();
  await expect(page.getByText('The pixels are identical.')).toBeVisible();
  await page.getByRole('button', { name: 'Export …' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the ZIP' }).click();
  const files = await unzip(await downloading);
  const text = (path: string) => new TextDecoder().decode(files.get(path));
  const rows = text('labels.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows.map((row) => [row.tuned_sha256, row.tuned_strength])).toEqual([
    [null, null],
    [null, null],
    [sha256, 1.5],
    [sha256, 1.5],
  ]);
  expect(text('README.md')).toContain(sha256);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  await page.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('None yet.')).toBeVisible();
  await openDatasets(page);
  await tilesOf(page).last().click();
  await page.getByRole('button', { name: 'Make it again and compare' }).click();
  await expect(page.getByText(/is not in this browser \(expected the factors/)).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});

test('the settings of a tuned picture bring its tuned model and strength back, or say that it is gone', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await trainToTheEnd(page, writeDiscs(testInfo.outputPath('discs'), 8), 12);
  await page.getByRole('button', { name: 'Use in the studio' }).click();
  await studio.setNumber('Strength', 0.5);
  await studio.makeImage('chest x-ray', 2);
  const tuned = page.getByRole('combobox', { name: 'Tuned model' });
  await tuned.selectOption('None');
  await page.getByRole('button', { name: 'Use these settings' }).click();
  await expect(tuned).not.toHaveValue('');
  await expect(page.getByRole('spinbutton', { name: 'Strength' })).toHaveValue('0.5');

  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  await page.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('None yet.')).toBeVisible();
  await page.getByRole('button', { name: 'Studio', exact: true }).click();
  await page.getByRole('button', { name: 'Use these settings' }).click();
  await expect(page.getByText(/is not in this browser \(expected the factors/)).toBeVisible();
});
