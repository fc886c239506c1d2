/** What was made from an image of somebody's is never passed on as synthetic, whatever way it leaves. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, Studio, test, TINY } from '../app';
import { tilesOf, unzip, withoutPicker } from './dataset-pages';
import { readMarks } from './read-marks';

const PHOTO = resolve(import.meta.dirname, '../../fixtures/formats/photo.jpg');

const GREY = resolve(import.meta.dirname, '../../fixtures/formats/grey.png');

/** The chunks of a PNG, signature left out. */
function chunksOf(png: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 8; at < png.length; at += chunks.at(-1)!.length) {
    chunks.push(png.subarray(at, at + 12 + png.readUInt32BE(at)));
  }
  return chunks;
}

/** A forgery: the pixels of one PNG under all the words of another. */
function withTextsOf(marked: Buffer, real: Buffer): Buffer {
  const isText = (chunk: Buffer) => /^[it]TXt$/i.test(chunk.toString('latin1', 4, 8));
  const [header, ...rest] = chunksOf(real);
  return Buffer.concat([real.subarray(0, 8), header, ...chunksOf(marked).filter(isText), ...rest]);
}

const sourceInput = (page: Page) => page.getByLabel('File of the image to start from');

/** Takes a file as the image to start from. */
async function startFrom(page: Page, file: string) {
  const open = page.getByRole('button', { name: 'Image or mask …' });
  if (await open.isVisible()) await open.click();
  await sourceInput(page).setInputFiles(file);
}

/** A small part of the source is to be painted anew. */
async function paintSpot(page: Page) {
  await page.getByRole('button', { name: 'Paint a part anew …' }).click();
  const surface = page.getByRole('application');
  await surface.focus();
  for (const key of ['ArrowRight', 'Space']) await page.keyboard.press(key);
  await page.getByRole('button', { name: 'Use it' }).click();
}

/** A photograph of somebody, a spot of it painted anew, as the newest picture. */
async function makeComposite(studio: Studio) {
  await startFrom(studio.page, PHOTO);
  await paintSpot(studio.page);
  await studio.makeImage('chest x-ray', 2);
  await studio.page.getByRole('button', { name: 'Remove' }).first().click();
}

test('a photograph with a spot painted anew says so, and goes out only after a yes', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  const folder = mkdtempSync(join(tmpdir(), 'phantoscope-saved-'));
  await withoutPicker(page);
  await studio.open(url);
  await startFrom(page, PHOTO);
  await expect(page.getByText('From outside: pictures made from it say')).toBeVisible();
  await expect(page.getByText('what is made from it is stored')).toBeVisible();
  await makeComposite(studio);

  const pane = page.getByRole('region', { name: 'Image' });
  await expect(pane).toContainText(/Contains parts of a source image · 9\d % of the pixels/);
  await pane.getByRole('button', { name: 'Save PNG', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Save it all the same?' });
  await expect(dialog).toContainText(/repeats the image from outside.* 9\d % of the pixels/);
  await dialog.getByRole('button', { name: 'Do not save' }).click();
  await page.keyboard.press('s'); // the same question
  const downloading = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save this 1 picture' }).click();
  await (await downloading).saveAs(join(folder, 'composite.png'));
  await studio.makeImage('fundus photo', 1);
  const plain = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save PNG' }).click();
  await (await plain).saveAs(join(folder, 'text.png'));

  const found = readMarks(folder);
  test.skip(!found, 'there is no Pillow here');
  expect(found!['composite.png']).toMatchObject({
    title: 'Medical image with synthetic parts',
    types: ['compositeWithTrainedAlgorithmicMedia'],
    words: expect.stringMatching(/^Contains parts of a source image/),
    made: { origin: 'outside', similarity: [{ keptPart: true }] },
  });
  expect(found!['text.png']).toMatchObject({
    types: ['trainedAlgorithmicMedia'],
    words: expect.stringMatching(/Shows no real patient/),
    made: { origin: 'text' },
  });
  rmSync(folder, { recursive: true });
});

test('a ZIP of the gallery and an evaluation ask by number what becomes of it', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  const folder = mkdtempSync(join(tmpdir(), 'phantoscope-zip-'));
  await withoutPicker(page);
  await studio.open(url);
  await studio.makeImage('fundus photo', 1);
  await makeComposite(studio);

  await page.getByRole('button', { name: 'Look through' }).click();
  await expect(tilesOf(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Export …' }).click();
  const save = page.getByRole('button', { name: 'Save the ZIP' });
  await expect(save).toBeDisabled();
  await expect(page.getByText('1 contains parts of a source image')).toBeVisible();
  for (const format of ['dicom', 'png']) {
    await page.getByLabel('Pictures as').selectOption(format);
    await page.getByLabel('Pictures with a source').selectOption('include');
    const downloading = page.waitForEvent('download');
    await save.click();
    const files = await unzip(await downloading);
    const [path] = [...files.keys()].filter((name) => name.includes('with-source-parts/'));
    writeFileSync(join(folder, path.split('/').at(-1)!), files.get(path)!);
    const text = (name: string) => new TextDecoder().decode(files.get(name));
    expect(text('README.md')).toContain('Not every image here is synthetic');
    expect(text('croissant.json')).not.toContain('Every image is synthetic');
    expect(text('labels.csv')).toMatch(/,outside,0\.9\d+,/);
    expect(text('labels.csv')).toMatch(/,text,,/);
  }
  await page.getByLabel('Pictures with a source').selectOption('leave-out');
  const without = page.waitForEvent('download');
  await save.click();
  const left = await unzip(await without);
  expect([...left.keys()].filter((name) => name.startsWith('images/'))).toEqual([
    'images/image-00000000.png',
  ]);
  expect(new TextDecoder().decode(left.get('README.md'))).toContain(
    'Every image here is synthetic',
  );
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Evaluate' }).click();
  await page.getByRole('combobox', { name: 'Synthetic images' }).selectOption('gallery');
  await page.getByRole('combobox', { name: 'Real images', exact: true }).selectOption('gallery');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByText('1 contains parts of a source image')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Compare', exact: true })).toBeDisabled();
  await page.getByLabel('Images with a source').selectOption('leave-out');
  await expect(page.getByRole('button', { name: 'Compare', exact: true })).toBeEnabled();

  const found = readMarks(folder);
  test.skip(!found, 'there is no pydicom here');
  expect(Object.keys(found!)).toHaveLength(2);
  const dicom = Object.values(found!).find(({ patient }) => patient);
  expect(dicom).toMatchObject({
    ...{ synthetic: 'YES', patient: 'PARTLY-SYNTHETIC^PHANTOM', conversion: 'WSD' },
    ...{ identityRemoved: 'NO', burnedIn: null, source: null },
  });
  rmSync(folder, { recursive: true });
});

test('only pixels that stand in the gallery prove that a file was made here', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  const folder = mkdtempSync(join(tmpdir(), 'phantoscope-again-'));
  const file = join(folder, 'made-here.png');
  await studio.open(url);
  await studio.makeImage('fundus photo', 1);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save PNG' }).click();
  await (await downloading).saveAs(file);
  await startFrom(page, file);
  await expect(page.getByText('A picture that was made here')).toBeVisible();
  await studio.makeImage('fundus photo', 2);
  await expect(page.getByRole('link', { name: 'Save PNG' })).toBeVisible();
  await expect(page.getByText('Contains parts of a source image')).toHaveCount(0);

  // The same marks on other pixels: a photograph that calls itself synthetic.
  const forged = join(folder, 'forged.png');
  writeFileSync(forged, withTextsOf(readFileSync(file), readFileSync(GREY)));
  await startFrom(page, forged);
  await expect(page.getByText('From outside: pictures made from it say')).toBeVisible();

  // The proof is gone with the picture.
  for (const left of [1, 0]) {
    await page.getByRole('button', { name: 'Delete this picture' }).click();
    await expect(studio.galleryPictures()).toHaveCount(left);
  }
  await startFrom(page, file);
  await expect(page.getByText('From outside: pictures made from it say')).toBeVisible();
  rmSync(folder, { recursive: true });
});

test('a picture of a version without records is called unknown, and its false words are not saved', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  const folder = mkdtempSync(join(tmpdir(), 'phantoscope-old-'));
  await studio.open(url);
  await studio.makeImage('fundus photo', 1);
  await expect.poll(() => page.evaluate(forgetProvenance)).toBe(1); // shown first, stored then
  await page.reload();

  const pane = page.getByRole('region', { name: 'Image' });
  await expect(pane).toContainText('May contain parts of a source image');
  const downloading = page.waitForEvent('download');
  await pane.getByRole('button', { name: 'Save PNG', exact: true }).click();
  await (await downloading).saveAs(join(folder, 'old.png'));
  await pane.getByRole('button', { name: 'Start from this' }).click();
  await expect(page.getByText('Made by a version that did not record from what')).toBeVisible();

  const found = readMarks(folder);
  test.skip(!found, 'there is no Pillow here');
  expect(found!['old.png']).toMatchObject({
    types: ['compositeWithTrainedAlgorithmicMedia'],
    words: expect.stringMatching(/it may contain parts of a source image/),
    made: { origin: 'unknown' },
  });
  rmSync(folder, { recursive: true });
});

/** Runs inside the page: the gallery's records as 0.3.0 wrote them; how many there are. */
async function forgetProvenance() {
  let changed = 0;
  const db = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('gallery');
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = db.transaction('items', 'readwrite');
  const items = transaction.objectStore('items');
  items.getAll().onsuccess = ({ target }) => {
    for (const item of (target as IDBRequest<Record<string, unknown>[]>).result) {
      delete item.provenance;
      delete item.pixelHash;
      items.put(item);
      changed++;
    }
  };
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  db.close();
  return changed;
}
