/** Looking closely: window and level, zoom, values, slices and volumes, in the studio and in data sets. */
import { copyFile, mkdir } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test, TINY } from '../app';
import { openDatasets, tilesOf } from '../datasets/dataset-pages';

const FORMATS = 'tests/fixtures/formats';

/** The picture that gestures act on, and its middle on the screen. */
async function middleOf(page: Page, name: RegExp) {
  const picture = page.getByRole('img', { name });
  await expect(picture).toBeVisible();
  const box = (await picture.boundingBox())!;
  return { picture, x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function drag(page: Page, from: { x: number; y: number }, dx: number, dy: number) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + dx / 2, from.y + dy / 2, { steps: 3 });
  await page.mouse.move(from.x + dx, from.y + dy, { steps: 3 });
  await page.mouse.up();
}

async function violations(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

test('in the studio the wheel opens the viewer: values, window by drag, keys, zoom, and back', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.makeImage('frontal chest x-ray, no finding', 2);
  const plain = await middleOf(page, /^Synthetic image/);
  await page.mouse.move(plain.x, plain.y);
  await page.mouse.wheel(0, -300);
  const tools = page.getByRole('toolbar', { name: 'Viewer' });
  await expect(tools).toBeVisible();
  const value = page.getByRole('status', { name: 'Pixel under the pointer' });
  const { x, y } = await middleOf(page, /^Synthetic image/);
  await page.mouse.move(x + 3, y + 3);
  await expect(value).toHaveText(/^x \d+, y \d+: \d+/);

  const layers = page.locator('.layers');
  const before = await layers.getAttribute('style');
  await page.mouse.wheel(0, -600);
  await expect(layers).not.toHaveAttribute('style', before!);
  await page.keyboard.press('f');
  await page.keyboard.press('i');
  await expect(page.getByRole('button', { name: 'Invert' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: test.info().outputPath('studio.png') });

  await page.keyboard.press('?');
  await expect(page.getByText('While you inspect a picture')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(tools).toBeHidden();
  expect(studio.consoleErrors).toEqual([]);
});

test('a CT keeps its Hounsfield units and its windows, a volume its slices, and Niivue draws it', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const server = await serve(TINY);
  await studio.open(server.url);
  await openDatasets(page);
  const folder = testInfo.outputPath('scans');
  await mkdir(folder, { recursive: true });
  await copyFile(`${FORMATS}/ct-jpeg-ls.dcm`, `${folder}/a-ct.dcm`);
  await copyFile(`${FORMATS}/turned.nii.gz`, `${folder}/b-volume.nii.gz`);
  await page.getByLabel('Folder of images').setInputFiles(folder);
  await page.getByRole('button', { name: 'Use them for this visit' }).click();
  await expect(page.getByText('2 shown')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await tilesOf(page).first().dblclick();

  const ct = await middleOf(page, /a-ct\.dcm/);
  await page.mouse.move(ct.x, ct.y);
  const value = page.getByRole('status', { name: 'Pixel under the pointer' });
  await expect(value).toHaveText(/^x \d+, y \d+: -?\d+ HU$/);
  const presets = page.getByRole('combobox', { name: 'Window preset' });
  await expect(presets).toHaveValue('file-1');
  await presets.selectOption('lung');
  await expect(page.getByText('C -600 · W 1500')).toBeVisible();
  await drag(page, ct, 80, 40);
  await expect(presets).toHaveValue('');
  await expect(page.getByText('C -600 · W 1500')).toBeHidden();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: testInfo.outputPath('ct.png') });

  await page.keyboard.press('ArrowRight');
  await expect(page.getByText(/^Slice \d+ of/)).toBeVisible();
  const axial = await page.getByText(/^Slice \d+ of/).textContent();
  await page.getByRole('button', { name: 'sagittal' }).click();
  await expect(page.getByText(/^Slice \d+ of/)).not.toHaveText(axial!);
  await page.keyboard.press('n');
  await page.screenshot({ path: testInfo.outputPath('slices.png') });

  await page.getByRole('button', { name: 'Volume' }).click();
  await expect(page.getByText(/^Drag (moves|turns)/)).toBeVisible();
  await page.getByRole('button', { name: 'Rendering' }).click();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: testInfo.outputPath('volume.png') });
  expect(studio.consoleErrors).toEqual([]);
});

test('on a phone the viewer fits, in light and in dark', async ({ page, serve, studio }) => {
  const { url } = await serve(TINY);
  await page.setViewportSize({ width: 380, height: 780 });
  await studio.open(url);
  await studio.makeImage('frontal chest x-ray, no finding', 2);
  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(page.getByRole('toolbar', { name: 'Viewer' })).toBeVisible();
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  await page.screenshot({ path: test.info().outputPath('phone.png') });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.screenshot({ path: test.info().outputPath('phone-light.png') });
  expect(studio.consoleErrors).toEqual([]);
});
