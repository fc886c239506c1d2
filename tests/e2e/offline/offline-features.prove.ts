/** Every view and every feature, without a server, after one visit: on a host without headers, below a sub-path. */
import { copyFile, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { DIST } from '../../../cli/install.js';
import { expect, Studio, test } from '../app';
import { makeRecipe, recipeFor, tilesOf, unzip, withoutPicker } from '../datasets/dataset-pages';

const FORMATS = resolve(import.meta.dirname, '../../fixtures/formats');
const PACKED = ['ct-jpeg-ls', 'ct-jpeg-2000', 'ct-htj2k', 'ct-jpeg-lossless', 'jpeg-baseline'];

const toStudio = (page: Page) => page.getByRole('button', { name: 'Studio', exact: true }).click();

/** Files of each compression as the image to start from. */
async function openPacked(page: Page) {
  await page.getByRole('button', { name: 'Image or mask …' }).click();
  for (const name of PACKED) {
    await page
      .getByLabel('File of the image to start from')
      .setInputFiles(`${FORMATS}/${name}.dcm`);
    await expect(page.getByLabel('The image to start from', { exact: true })).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
    await page.getByRole('button', { name: 'Remove' }).first().click();
  }
}

/** Inspects the picture that is shown, and leaves again. */
async function inspect(page: Page) {
  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(page.getByRole('toolbar', { name: 'Viewer' })).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.getByRole('button', { name: 'Inspect' }).click();
}

/** A mask of nuclei, drawn by the layout, and a picture to it. */
async function drawLayout(studio: Studio) {
  const { page } = studio;
  await studio.prompt.fill('fluorescence microscopy');
  await page.getByRole('button', { name: 'Image or mask …' }).click();
  await page.getByText('Generate a layout').click();
  await page.getByRole('button', { name: 'Make the mask' }).click();
  await expect(page.getByText(/^\d+ instances$/).first()).toBeVisible();
  await studio.makeImage('fluorescence microscopy', 2);
}

/** The volume model in the studio: a volume, its planes, and it drawn in space. */
async function makeVolume(studio: Studio) {
  const { page } = studio;
  await page.getByRole('button', { name: 'Models', exact: true }).first().click();
  const row = page.getByRole('region', { name: /Hippocampus 3D/ });
  await row.getByRole('button', { name: 'Use in the studio' }).click();
  await expect(studio.prompt).toHaveValue(/hippocampus/i);
  await expect(studio.galleryPictures()).toHaveCount(3); // read again after the change of model
  await studio.makeImage('hippocampus mri', 2);
  await page.getByRole('button', { name: 'Inspect' }).click();
  await page.getByRole('button', { name: 'Volume', exact: true }).click();
  await page.getByRole('button', { name: 'Rendering' }).click();
  await expect(page.getByText(/^Drag (moves|turns)/)).toBeVisible();
}

test('after one visit all of it works without the server', async ({ serve, page }, testInfo) => {
  test.setTimeout(900_000);
  const server = await serve([{ prefix: '/some/where/', folder: DIST }], {});
  const url = `${server.url}some/where/`;
  const recipe = await recipeFor(url, 'Two chests', 2);
  const studio = new Studio(page);
  await withoutPicker(page);
  await page.goto(url);
  await page.waitForFunction(() => crossOriginIsolated && navigator.serviceWorker.controller);
  await studio.chooseBackend('wasm');
  await studio.makeImage('chest x-ray', 2);
  const state = page.getByRole('button', { name: /offline/ });
  await expect(state).toHaveText('ready to work offline, in part');
  const asked = server.log.map(({ path }) => path);
  const isWasm = (path: string) => path.endsWith('.wasm.gz');
  expect(new Set(asked.filter(isWasm)).size).toBe(1); // one build of the runtime
  expect(asked.filter((path) => path.includes('unet-guided'))).toEqual([]);
  await state.click();
  await expect(page.getByText('Without it there is no fine-tuning')).toBeVisible();
  await page.getByRole('checkbox', { name: 'A second model with its training graphs' }).check();
  await page.keyboard.press('Escape');
  await expect(state).toHaveText('ready to work offline');

  await page.getByRole('button', { name: 'Models', exact: true }).first().click();
  const volumes = page.getByRole('region', { name: /Hippocampus 3D/ });
  await volumes.getByRole('button', { name: /^Download/ }).click();
  await expect(volumes.getByRole('button', { name: 'Use in the studio' })).toBeVisible();
  await page.keyboard.press('Escape');

  await server.close();
  await page.reload();
  await studio.makeImage('brain MRI', 2);
  await inspect(page);
  await openPacked(page);
  await page.getByRole('button', { name: 'Sweep …' }).click();
  await expect(
    page.getByRole('group', { name: /Sweep/ }).or(page.getByText('Columns')),
  ).toBeVisible();
  await page.getByRole('img').first().click();
  await page.getByRole('button', { name: 'Models', exact: true }).first().click();
  await page.keyboard.press('Escape');

  await makeRecipe(page, recipe);
  await expect(tilesOf(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Export …' }).click();
  for (const format of ['png', 'dicom', 'nifti']) {
    await page.getByLabel('Images as').selectOption(format);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the ZIP' }).click();
    const files = await unzip(await downloading);
    expect([...files.keys()].filter((path) => path.startsWith('images/'))).toHaveLength(2);
  }
  await page.keyboard.press('Escape');

  const folder = testInfo.outputPath('scans');
  await mkdir(folder, { recursive: true });
  await copyFile(`${FORMATS}/turned.nii.gz`, `${folder}/volume.nii.gz`);
  await page.getByLabel('Folder of images').setInputFiles(folder);
  await page.getByRole('button', { name: 'Use them for this visit' }).click();
  await tilesOf(page).first().dblclick();
  await expect(page.getByRole('alert')).toHaveCount(0);

  await page.getByRole('button', { name: 'Evaluate' }).click();
  await page.getByRole('combobox', { name: 'Synthetic images' }).selectOption('gallery');
  await page
    .getByRole('combobox', { name: 'Real images', exact: true })
    .selectOption({ label: 'Two chests (2)' });
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('heading', { name: /Copies|Nearest/ }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Fine-tune' }).click();
  await expect(page.getByLabel('Folder of images to train on')).toBeAttached();
  await toStudio(page);
  await expect(studio.galleryPictures()).toHaveCount(2);
  await page.reload();
  await drawLayout(studio);
  await makeVolume(studio);
  expect(studio.consoleErrors.filter((text) => !/ERR_CONNECTION_REFUSED/.test(text))).toEqual([]);
});
