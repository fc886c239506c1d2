/** Fine-tuning in the page, on the fixture model: killed and resumed, used by a slider, exported, and fed with rubbish. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, Studio, test, TINY } from '../app';
import { fillForm, storedHashes, trainToTheEnd, writeDiscs } from './finetune-pages';
import { startKillableBrowser } from '../models/killable-browser';

/** Steps of a run that is met halfway, after its first checkpoint; the fixture model does dozens in a second. */
const LONG_RUN = 400;
const STARTED = /^Step ([6-9]\d|[1-3]\d\d) of 400/;

test('a browser killed in mid-run resumes, is left in the background, sleeps, and ends with the factors of an undisturbed run', async ({
  serve,
}, testInfo) => {
  const { url } = await serve(TINY);
  const folder = writeDiscs(testInfo.outputPath('discs'), 8);
  const first = await startKillableBrowser(testInfo.outputPath('killed'));
  await new Studio(first.page).open(url);
  await fillForm(first.page, folder, LONG_RUN);
  await first.page.getByRole('button', { name: 'Start training' }).click();
  await expect(first.page.getByText(STARTED)).toBeVisible();
  await expect(first.page.getByText(/ left · .* s a step · about .* Wh at 60 W/)).toBeVisible();
  await first.kill();

  const again = await startKillableBrowser(testInfo.outputPath('killed'));
  await again.page.goto(url);
  await again.page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  await again.page.getByRole('button', { name: /^Resume after step \d+/ }).click();
  await expect(again.page.getByText(/^Step \d+ of 400/)).toBeVisible();
  const other = await again.page.context().newPage();
  await other.bringToFront();
  await again.sleep(2000);
  await expect(again.page.getByRole('button', { name: 'Use in the studio' })).toBeVisible();
  const [resumed] = await storedHashes(again.page);
  await again.close();

  const last = await startKillableBrowser(testInfo.outputPath('undisturbed'));
  await new Studio(last.page).open(url);
  await trainToTheEnd(last.page, folder, LONG_RUN);
  const [undisturbed] = await storedHashes(last.page);
  await last.close();
  expect(resumed).toMatch(/^[0-9a-f]{64}$/);
  expect(resumed).toBe(undisturbed);
});

test('the slider changes the picture, the image says so, and the file goes out and comes back', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await trainToTheEnd(page, writeDiscs(testInfo.outputPath('discs'), 8), 12);
  await page.getByRole('button', { name: 'Use in the studio' }).click();
  // Training has a field "Seed" as well.
  await expect(studio.prompt).toBeVisible();
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('7');
  const pictures: number[][] = [];
  for (const strength of [0, 1, 2]) {
    await studio.setNumber('Strength', strength);
    await studio.makeImage('chest x-ray', 2);
    pictures.push(await pixelsOf(studio));
  }
  const [none, all, double] = pictures;
  expect(meanDifference(none, all)).toBeGreaterThan(0.3);
  expect(meanDifference(all, double)).toBeGreaterThan(0.3);
  await page.getByRole('combobox', { name: 'Tuned model' }).selectOption('None');
  await studio.makeImage('chest x-ray', 2);
  // Another graph without factors: the same but for rounding.
  expect(meanDifference(await pixelsOf(studio), none)).toBeLessThan(0.05);

  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  await page.getByRole('button', { name: /^Export/ }).click();
  await expect(page.getByText('treat it like the images themselves')).toBeVisible();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the file' }).click();
  const file = testInfo.outputPath('tuned.safetensors');
  await (await downloading).saveAs(file);
  const bytes = readFileSync(file);
  const header = JSON.parse(
    bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString(),
  ) as Record<string, unknown>;
  expect(Object.keys(header)).toContain(
    'unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight',
  );
  await page.getByRole('button', { name: 'All tuned models' }).click();
  await page.getByLabel('File of a tuned model').setInputFiles(file);
  await expect(page.getByRole('button', { name: 'Use in the studio' })).toHaveCount(2);
  const [a, b] = await storedHashes(page);
  expect(a).toBe(b);
  expect(studio.consoleErrors).toEqual([]);
});

test('one image, all the same, and files that are no images are refused in words', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await fillForm(page, writeDiscs(testInfo.outputPath('one'), 1), 4);
  await expect(page.getByText('Expected 4 to 2000 images, got 1.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start training' })).toBeDisabled();

  const same = writeDiscs(testInfo.outputPath('same'), 6, true);
  await page.getByLabel('Folder of images to train on').setInputFiles(same);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByText('All 6 images are the same picture')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel …' }).click();
  await page.getByRole('button', { name: 'Delete this run' }).click();

  const some = writeDiscs(testInfo.outputPath('some'), 5);
  writeFileSync(join(some, 'broken.png'), 'no png');
  await page.getByLabel('Folder of images to train on').setInputFiles(some);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByText('1 images could not be read and were left out')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use in the studio' })).toBeVisible();
  await expect(page.getByText(/^4 images · shown/)).toBeVisible();
});

for (const [colorScheme, width] of [
  ['dark', 1280],
  ['light', 380],
] as const) {
  test(`axe finds nothing wrong, and nothing scrolls sideways: ${colorScheme}, ${width} px`, async ({
    page,
    serve,
    studio,
  }, testInfo) => {
    const { url } = await serve(TINY);
    await page.emulateMedia({ colorScheme });
    await studio.open(url);
    await page.setViewportSize({ width, height: 800 });
    const check = async (name: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
      await page.screenshot({ path: testInfo.outputPath(`${name}.png`), fullPage: true });
    };
    await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
    await expect(page.getByText('None yet.')).toBeVisible();
    await check('empty');
    await fillForm(page, writeDiscs(testInfo.outputPath('discs'), 8), LONG_RUN);
    await expect(
      page.getByRole('img', { name: /disc-7/ }).or(page.locator('canvas').last()),
    ).toBeVisible();
    await check('filled');
    await page.getByRole('button', { name: 'Start training' }).click();
    await expect(page.getByText(STARTED)).toBeVisible();
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(page.getByRole('button', { name: /^Resume/ })).toBeVisible();
    // In it the folder is chosen again that a run which a reload stopped may ask for.
    await expect(page.getByRole('region', { name: 'What to train on' })).toBeVisible();
    await check('running');
    await page.getByRole('button', { name: /^Resume/ }).click();
    await expect(page.getByRole('button', { name: 'Use in the studio' })).toBeVisible();
    await check('done');
    await page.getByRole('button', { name: 'Use in the studio' }).click();
    if (width > 900) await expect(page.getByRole('spinbutton', { name: 'Strength' })).toBeVisible();
    await check('slider');
  });
}

/** The newest picture of the gallery, in levels of 0…255. */
function pixelsOf(studio: Studio): Promise<number[]> {
  const newest = studio.galleryPictures().first().locator('img');
  return newest.evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
  });
}

function meanDifference(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}
