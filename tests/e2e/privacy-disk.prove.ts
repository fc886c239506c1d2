/** `npm run prove-privacy`, second part: the whole profile searched after every way out; writes docs/privacy-disk.md. */
import { readFile } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Download, Page } from '@playwright/test';
import { expect, Studio, test, TINY } from './app';
import { makeRecipe, openDatasets, recipeFor, unzip, withoutPicker } from './dataset-pages';
import { pictureNeedles, scanProfile, wordNeedles, type Needle, type Scan } from './scan-profile';
import { turnOnEncryption, withProfile } from './stored-pages';
import { writeDiskReport } from './privacy-disk-report';

const REPORT = resolve(import.meta.dirname, '../../docs/privacy-disk.md');

/** In prompt, recipe and title; no word of the app's, and no sign in it that comes twice. */
const CANARY = 'zqkwvjxphy';

const FORMATS = ['png', 'png-16', 'dicom', 'nifti'];

/** The download that an action leads to. */
async function saved(page: Page, act: () => Promise<void>): Promise<Download> {
  const downloading = page.waitForEvent('download');
  await act();
  return downloading;
}

/** Everything that can be saved of pictures and of what was typed; returns the PNGs that came out. */
async function useEveryWayOut(studio: Studio, url: string): Promise<Buffer[]> {
  const { page } = studio;
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const pngs: Buffer[] = [];
  await studio.makeImage(`${CANARY} chest xray, 50 year old woman`, 1);
  const png = await saved(page, () => page.getByRole('link', { name: 'Save PNG' }).click());
  pngs.push(await readFile(await png.path()));

  await page.getByRole('button', { name: 'Sweep …' }).click();
  await page.getByLabel('Across: number of values').fill('2');
  await press('Make 2 images');
  await expect(page.getByText(/2 of 2/)).toBeVisible();
  const sheet = await saved(page, () => press('Save the grid'));
  pngs.push(await readFile(await sheet.path()));

  await press('Look through');
  await press('Export …');
  for (const format of FORMATS) {
    await page.getByLabel('Pictures as').selectOption(format);
    const files = await unzip(await saved(page, () => press('Save the ZIP')));
    const first = [...files].find(([path]) => path.startsWith('images/') && path.endsWith('.png'));
    if (first && format === 'png') pngs.push(Buffer.from(first[1]));
  }
  await page.keyboard.press('Escape');

  const recipe = await recipeFor(url, `${CANARY} set`, 2);
  recipe.rows[0].prompt = `${CANARY} ${recipe.rows[0].prompt}`;
  await makeRecipe(page, recipe);
  await expect(page.getByText('2 shown')).toBeVisible();
  await press('Export …');
  for (const format of FORMATS) {
    await page.getByLabel('Images as').selectOption(format);
    const files = await unzip(await saved(page, () => press('Save the ZIP')));
    const image = [...files].find(([path]) => /^images\/.*\.png$/.test(path));
    if (image && format === 'png') pngs.push(Buffer.from(image[1]));
  }
  await page.keyboard.press('Escape');
  await openDatasets(page);
  await press('New recipe');
  await page.getByLabel('Title').fill(`${CANARY} recipe`);
  await saved(page, () => press('Save it …'));
  return pngs;
}

type Mode = 'in clear' | 'encrypted' | 'session';

test('after every way out, encrypted or in a session, no file of the profile has words or pixels', async ({
  serve,
}) => {
  test.setTimeout(1_800_000);
  const { url } = await serve(TINY);
  const scans = {} as Record<Mode, Scan>;
  for (const mode of ['in clear', 'encrypted', 'session'] as const) {
    await withProfile(async (profile, visit) => {
      const address = mode === 'session' ? `${url}?session` : url;
      let pngs: Buffer[] = [];
      await visit('about:blank', async (studio) => {
        await withoutPicker(studio.page);
        await studio.page.goto(address);
        await studio.chooseBackend('wasm');
        if (mode === 'encrypted') await turnOnEncryption(studio);
        pngs = await useEveryWayOut(studio, url);
      });
      expect(pngs).toHaveLength(4);
      const needles: Needle[] = [...wordNeedles(CANARY), ...pngs.flatMap(pictureNeedles)];
      scans[mode] = scanProfile(profile, needles);
    });
  }

  const kinds = new Set(scans['in clear'].found.map(({ what }) => what));
  // The control: the same search finds all three kinds where nothing is encrypted.
  expect([...kinds].sort()).toEqual(['PNG data', 'pixels', 'words']);
  expect(scans.encrypted.found).toEqual([]);
  expect(scans.session.found).toEqual([]);
  writeFileSync(REPORT, writeDiskReport(scans, new Date().toISOString().slice(0, 10)));
});
