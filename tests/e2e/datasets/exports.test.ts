/** Data sets leave through the dialog as DICOM and as NIfTI, and programs that have nothing to do with this app read them. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test, TINY } from '../app';
import { makeRecipe, openDatasets, recipeFor, unzip, withoutPicker } from './dataset-pages';

const has = (program: string, ...args: string[]) => spawnSync(program, args).error === undefined;

/** Saves the open data set in a format of the dialog's. */
async function save(page: Page, format: string) {
  await page.getByLabel('Images as').selectOption(format);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the ZIP' }).click();
  return unzip(await downloading);
}

async function violations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

test('a data set is saved as DICOM that dciodvfy and dcmdump accept, and as NIfTI', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await withoutPicker(page);
  await studio.open(url);
  await openDatasets(page);
  await expect(page.getByRole('button', { name: 'New recipe' })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'New recipe' }).click();
  await expect(page.getByRole('button', { name: 'Make these images' })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Studio', exact: true }).click();
  await makeRecipe(page, await recipeFor(url, 'Three chests', 3));
  await expect(page.getByText(/^3 · done/)).toBeVisible();
  await expect(page.getByText('3 shown')).toBeVisible();
  await page.getByRole('button', { name: 'Export …' }).click();
  await expect(page.getByText(/^The ZIP will be about \d+ kB/)).toBeVisible();
  await expect(page.getByLabel('Images as')).toContainText(/NIfTI.* · about \d+ kB/);
  await page.screenshot({ path: testInfo.outputPath('export.png') });
  expect(await violations(page)).toEqual([]);

  const dicom = await save(page, 'dicom');
  const paths = [...dicom.keys()].filter((path) => path.endsWith('.dcm'));
  expect(paths).toHaveLength(3);
  const folder = testInfo.outputPath('dicom');
  await mkdir(folder, { recursive: true });
  for (const path of paths) {
    const file = `${folder}/${path.split('/').at(-1)}`;
    await writeFile(file, dicom.get(path)!);
    if (has('dcmdump', '--version')) {
      const { status, stdout } = spawnSync('dcmdump', ['-q', file], { encoding: 'utf8' });
      expect(status).toBe(0);
      expect(stdout).toMatch(/\(0008,001c\) CS \[YES/i);
    }
    if (has('dciodvfy', '-version')) {
      const { stderr } = spawnSync('dciodvfy', ['-new', file], { encoding: 'utf8' });
      const errors = stderr.split('\n').filter((line) => line.startsWith('Error'));
      // Its dictionary is of 2022, that attribute of 2023.
      expect(errors.filter((line) => !line.includes('(0008,001c)'))).toEqual([]);
    }
  }
  const nifti = await save(page, 'nifti');
  const volumes = [...nifti.keys()].filter((path) => path.endsWith('.nii.gz'));
  expect(volumes).toHaveLength(3);
  expect([...nifti.get(volumes[0])!.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /stored$/ }).click();
  await expect(page.getByRole('row', { name: /Images in data sets 3 / })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  expect(studio.consoleErrors).toEqual([]);
});

test('on a phone the footer of an empty view of data sets is at the bottom', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await page.setViewportSize({ width: 380, height: 780 });
  await studio.open(url);
  await openDatasets(page);
  await expect(page.getByRole('button', { name: 'New recipe' })).toBeVisible();
  const box = (await page.locator('footer').boundingBox())!;
  expect(Math.round(box.y + box.height)).toBe(780);
  await page.screenshot({ path: test.info().outputPath('phone.png') });
});
