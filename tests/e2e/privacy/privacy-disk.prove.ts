/** `npm run prove-privacy`, second part: the whole profile searched after every way out; writes docs/privacy-disk.md. */
import { readFile } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Download, Page } from '@playwright/test';
import { expect, SHIPPED, type Studio } from '../app';
import {
  makeRecipe,
  openDatasets,
  recipeFor,
  unzip,
  withoutPicker,
} from '../datasets/dataset-pages';
import { range, writePictures } from '../evaluate/evaluation-folders';
import { fillForm } from '../finetune/finetune-pages';
import {
  factorNeedles,
  pictureNeedles,
  scanProfile,
  wordNeedles,
  type Needle,
  type Scan,
} from './scan-profile';
import { turnOnEncryption, withProfile } from '../stored-pages';
import { writeDiskReport } from './privacy-disk-report';
import { test } from '../tiny-with-networks';

const REPORT = resolve(import.meta.dirname, '../../../docs/privacy-disk.md');

/** In prompt, recipe and title; no word of the app's, and no sign in it that comes twice. */
const CANARY = 'zqkwvjxphy';

const FORMATS = ['png', 'png-16', 'dicom', 'nifti'];

/** The download that an action leads to. */
async function saved(page: Page, act: () => Promise<void>): Promise<Download> {
  const downloading = page.waitForEvent('download');
  await act();
  return downloading;
}

/** What came out: pictures, and the file of a tuned model. */
interface CameOut {
  pngs: Buffer[];
  tuned: Buffer;
}

/** Everything that can be saved. */
async function useEveryWayOut(studio: Studio, url: string, real: string): Promise<CameOut> {
  const pngs = await savePictures(studio, url);
  await saveReports(studio.page, real);
  return { pngs, tuned: await saveTuned(studio.page, real) };
}

/** Of pictures and of what was typed; returns the PNGs that came out. */
async function savePictures(studio: Studio, url: string): Promise<Buffer[]> {
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

/** The gallery's pictures compared with real ones whose names have the word; named with it; both reports of that. */
async function saveReports(page: Page, real: string) {
  await page.getByRole('button', { name: 'Evaluate', exact: true }).click();
  await page.getByRole('combobox', { name: 'Synthetic images' }).selectOption('gallery');
  await page.getByLabel('Folder: Real images', { exact: true }).setInputFiles(real);
  await page.getByLabel('Train classifiers').uncheck();
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'What the comparison says' })).toBeVisible();
  const name = page.getByLabel('Name', { exact: true });
  await name.fill(`${CANARY} comparison`);
  await name.press('Tab');
  for (const report of ['Report (HTML)', 'Figures (JSON)']) {
    const text = await readFile(
      await (await saved(page, () => page.getByRole('button', { name: report }).click())).path(),
      'utf8',
    );
    expect(text).toContain(CANARY);
  }
}

/** A model tuned on the same images, with the word in caption, title and file names. */
async function saveTuned(page: Page, real: string): Promise<Buffer> {
  await fillForm(page, join(real, CANARY, 'bands'), 12);
  await page.getByLabel('Caption', { exact: true }).fill(`${CANARY} knee`);
  await page.getByLabel('Name of the result').fill(`tuned ${CANARY}`);
  await page.getByRole('button', { name: 'Start training' }).click();
  const pairs = page.getByRole('region', { name: 'Samples and the images nearest to them' });
  await expect(pairs).toBeVisible();
  await page.getByRole('button', { name: `Export tuned ${CANARY}` }).click();
  const save = page.getByRole('button', { name: 'Save the file' });
  return readFile(await (await saved(page, () => save.click())).path());
}

type Mode = 'in clear' | 'encrypted' | 'session';

test('after every way out, encrypted or in a session, no file of the profile has words or pixels', async ({
  serve,
  place,
}, testInfo) => {
  test.setTimeout(1_800_000);
  const { url } = await serve([{ prefix: '/', folder: place }, ...SHIPPED]);
  const real = testInfo.outputPath('scans');
  await writePictures(join(real, CANARY), range(16));
  const seen = await readFile(join(real, CANARY, 'bands', '2.png'));
  const scans = {} as Record<Mode, Scan>;
  for (const mode of ['in clear', 'encrypted', 'session'] as const) {
    await withProfile(async (profile, visit) => {
      const address = mode === 'session' ? `${url}?session` : url;
      let out: CameOut = { pngs: [], tuned: Buffer.alloc(0) };
      await visit('about:blank', async (studio) => {
        await withoutPicker(studio.page);
        await studio.page.goto(address);
        await studio.chooseBackend('wasm');
        if (mode === 'encrypted') await turnOnEncryption(studio);
        out = await useEveryWayOut(studio, url, real);
      });
      expect(out.pngs).toHaveLength(4);
      const needles: Needle[] = [
        ...[...wordNeedles(CANARY), ...[...out.pngs, seen].flatMap(pictureNeedles)],
        ...factorNeedles(out.tuned),
      ];
      scans[mode] = scanProfile(profile, needles);
    });
  }

  const kinds = new Set(scans['in clear'].found.map(({ what }) => what));
  // The control: the same search finds all kinds where nothing is encrypted.
  expect([...kinds].sort()).toEqual(['PNG data', 'factors', 'pixels', 'words']);
  expect(scans.encrypted.found).toEqual([]);
  expect(scans.session.found).toEqual([]);
  writeFileSync(REPORT, writeDiskReport(scans, new Date().toISOString().slice(0, 10)));
});
