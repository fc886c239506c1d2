/** What exports and opened folders leave on the disk: under encryption and in a session, nothing. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, Studio, test, TINY } from '../app';
import { exportNames, openDatasets, unzip, withoutPicker } from '../datasets/dataset-pages';
import { filesWith, turnOnEncryption, withProfile } from '../stored-pages';

const CANARY = 'zzqcanary';
const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const ZIP_SIGNATURE = Buffer.from('PK\x03\x04', 'latin1');

/** Files in which the browser keeps what pages store, with these bytes; the app's own files are none of them. */
function storedWith(profile: string, bytes: Buffer): string[] {
  const folders = ['Default/IndexedDB', 'Default/File System', 'Default/blob_storage'];
  return folders
    .filter((folder) => existsSync(join(profile, folder)))
    .flatMap((folder) => filesWith(profile, bytes, folder));
}

/** All pictures of the gallery as a ZIP, by a browser without a save dialog. */
async function exportGallery(page: Page) {
  await page.getByRole('button', { name: 'Look through' }).click();
  await page.getByRole('button', { name: 'Export …' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the ZIP' }).click();
  const files = await unzip(await downloading);
  expect([...files.keys()].filter((path) => path.startsWith('images/'))).toHaveLength(1);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Studio', exact: true }).click();
}

/** A visit in a browser that has no save dialog. */
async function begin({ page }: Studio, url: string) {
  await withoutPicker(page);
  await page.goto(url);
}

test('a ZIP saved under encryption, or in a session, leaves neither prompt nor picture on the disk', async ({
  serve,
}) => {
  const server = await serve(TINY);
  await withProfile(async (profile, visit) => {
    await visit(server.url, async (studio) => {
      await begin(studio, server.url);
      await studio.chooseBackend('wasm');
      await turnOnEncryption(studio);
      await studio.makeImage(`${CANARY} xray`, 1);
      await exportGallery(studio.page);
      expect(await exportNames(studio.page)).toEqual([]);
    });
    expect(filesWith(profile, CANARY)).toEqual([]);
    expect(storedWith(profile, PNG_SIGNATURE)).toEqual([]);
    expect(storedWith(profile, ZIP_SIGNATURE)).toEqual([]);
  });
  await withProfile(async (profile, visit) => {
    await visit(`${server.url}?session`, async (studio) => {
      await begin(studio, `${server.url}?session`);
      await studio.chooseBackend('wasm');
      await studio.makeImage(`${CANARY} xray`, 1);
      await exportGallery(studio.page);
    });
    expect(filesWith(profile, CANARY)).toEqual([]);
    expect(storedWith(profile, PNG_SIGNATURE)).toEqual([]);
    expect(storedWith(profile, ZIP_SIGNATURE)).toEqual([]);
  });
});

test('without encryption a ZIP lies in the private files, is listed, and goes at the next start or with encryption', async ({
  serve,
}) => {
  const server = await serve(TINY);
  await withProfile(async (profile, visit) => {
    await visit(server.url, async (studio) => {
      const { page } = studio;
      await begin(studio, server.url);
      await studio.chooseBackend('wasm');
      await studio.makeImage(`${CANARY} xray`, 1);
      await exportGallery(page);
      expect(await exportNames(page)).toHaveLength(1);
      // The scan is not blind: it finds what lies there.
      await expect.poll(() => storedWith(profile, ZIP_SIGNATURE).length).toBeGreaterThan(0);
      await page.getByRole('button', { name: /stored$/ }).click();
      await expect(page.getByText('Exports that were saved, in clear')).toBeVisible();
      await page.getByRole('button', { name: 'Remove', exact: true }).click();
      await expect.poll(() => exportNames(page)).toEqual([]);
      await page.keyboard.press('Escape');

      await exportGallery(page);
      await page.reload();
      await expect.poll(() => exportNames(page)).toEqual([]);

      await exportGallery(page);
      await turnOnEncryption(studio);
      await expect.poll(() => exportNames(page)).toEqual([]);
    });
    expect(storedWith(profile, ZIP_SIGNATURE)).toEqual([]);
  });
});

test('a folder that was opened for the visit never reaches the disk, and is gone with the page', async ({
  serve,
}, testInfo) => {
  const folder = testInfo.outputPath('films');
  await mkdir(folder, { recursive: true });
  await copyFile('tests/fixtures/formats/ct-explicit.dcm', `${folder}/${CANARY}.dcm`);
  const server = await serve(TINY);
  await withProfile(async (profile, visit) => {
    await visit(server.url, async ({ page }) => {
      await openDatasets(page);
      await page.getByLabel('Folder of images').setInputFiles(folder);
      await expect(page.getByRole('dialog')).toContainText('real images');
      await page.getByRole('button', { name: 'Use them for this visit' }).click();
      await expect(page.getByText('1 shown')).toBeVisible();
      await expect(page.getByText('real images', { exact: true })).toBeVisible();
      await page.getByRole('button', { name: 'Evaluate' }).click();
      const choices = (name: string) => page.getByRole('combobox', { name, exact: true });
      await expect(choices('Real images')).toContainText('real images');
      await expect(choices('Synthetic images')).not.toContainText('real images');
      await page.reload();
      await openDatasets(page);
      await expect(page.getByRole('heading', { name: 'Data sets 0' })).toBeVisible();
    });
    expect(storedWith(profile, Buffer.from(CANARY))).toEqual([]);
    expect(storedWith(profile, Buffer.from(CANARY, 'utf16le'))).toEqual([]);
    expect(storedWith(profile, PNG_SIGNATURE)).toEqual([]);
  });
});
