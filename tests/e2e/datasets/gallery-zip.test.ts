/** Pictures of the studio leave as a ZIP: what is selected, with labels, masks and hashes. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, TINY } from '../app';
import { hash, tilesOf, unzip, withoutPicker } from './dataset-pages';

test('of three pictures two are selected and saved as a ZIP, the mask and the parent with them', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await withoutPicker(page);
  await studio.open(url);
  await studio.makeImage('chest x-ray, PA view', 1);
  await page.getByRole('button', { name: 'Start from this' }).click();
  await studio.askForMicroscopy();
  await page.getByText('Generate a layout').click();
  await page.getByRole('button', { name: 'Make the mask' }).click();
  await studio.makeImage('fluorescence microscopy', 2);
  await page.getByRole('button', { name: 'Remove' }).first().click();
  await studio.makeImage('fundus photo', 1);

  await page.getByRole('button', { name: 'Look through' }).click();
  await expect(page.getByText('3 shown')).toBeVisible();
  const tiles = tilesOf(page); // newest first
  await tiles.nth(1).click();
  await tiles.nth(2).click({ modifiers: ['Control'] });
  await page.getByRole('button', { name: 'Export …' }).click();
  await expect(page.getByText('2 pictures: what is selected.')).toBeVisible();
  await page.screenshot({ path: testInfo.outputPath('dialog.png') });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the ZIP' }).click();
  const files = await unzip(await downloading);
  await expect(page.getByText(/^Saved: 2 pictures/)).toBeVisible();

  const text = (path: string) => new TextDecoder().decode(files.get(path));
  const rows = text('labels.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows.map(({ prompt }) => prompt)).toEqual([
    'fluorescence microscopy',
    'chest x-ray, PA view',
  ]);
  expect(rows[0]).toMatchObject({ parent: 'image-00000001', mask: 'masks/image-00000000.png' });
  expect(rows[1]).toMatchObject({ parent: null, mask: null, covariate_view: 0 });
  expect(files.has('annotations/coco.json')).toBe(true);
  expect(text('README.md')).toContain('Copy check: not run');
  for (const line of text('SHA256SUMS').trim().split('\n')) {
    const [expected, path] = line.split('  ');
    expect(hash(files.get(path)!)).toBe(expected);
  }
  expect(studio.consoleErrors).toEqual([]);
});
