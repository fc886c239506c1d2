/** Source images, regions and masks in the studio, on the fixture model. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { decode, encode } from 'fast-png';
import { expect, test, TINY } from '../app';
import { savedPng } from './saved-png';

/** A grey ramp of 64×64, darker to the left. */
const RAMP = Buffer.from(
  encode({
    width: 64,
    height: 64,
    channels: 1,
    data: Uint8Array.from({ length: 64 * 64 }, (_, i) => 4 * (i % 64)),
  }),
);

async function openConditions(page: Page) {
  await page.getByRole('button', { name: 'Image or mask …' }).click();
  await expect(page.getByText('Start from an image')).toBeVisible();
}

async function chooseSource(page: Page, buffer = RAMP, name = 'jane-doe.png') {
  await page
    .getByLabel('File of the image to start from')
    .setInputFiles({ name, mimeType: 'image/png', buffer });
}

/** [height · width · 3] */
function rgbOf(png: Buffer): number[] {
  const { data, channels } = decode(png);
  return channels === 3 ? [...data] : [...data].flatMap((grey) => [grey, grey, grey]);
}

/** Drags over the drawing surface, in parts of its side. */
async function drag(page: Page, from: [number, number], to: [number, number]) {
  const box = (await page.getByRole('application').boundingBox())!;
  const at = ([x, y]: [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 5 });
  await page.mouse.up();
}

test('a part of a chosen image is painted anew, and all else keeps its very pixels', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await openConditions(page);
  await chooseSource(page);
  await page.getByRole('spinbutton', { name: 'Strength' }).fill('1');
  await page.getByRole('button', { name: 'Paint a part anew …' }).click();
  await drag(page, [0.7, 0.5], [0.9, 0.5]);
  await expect(page.getByText(/\d+ pixels change/)).toBeVisible();
  await page.getByRole('button', { name: 'Use it' }).click();
  await studio.makeImage('chest x-ray, normal', 4);

  // The encoder was compiled and tested late, by this job.
  await expect(page.getByText('Testing this device')).toHaveCount(0);
  const png = await savedPng(page, true);
  const made = rgbOf(png);
  const protectedPart = [...made.keys()].filter((i) => Math.floor(i / 3) % 64 < 32);
  const differences = protectedPart.map((i) => Math.abs(made[i] - 4 * (Math.floor(i / 3) % 64)));
  expect(Math.max(...differences)).toBe(0);
  const changed = [...made.keys()].filter((i) => made[i] !== 4 * (Math.floor(i / 3) % 64));
  expect(changed.length).toBeGreaterThan(100);
  // A hash stands for the source; its name may be a patient's.
  expect(png.includes('jane-doe')).toBe(false);
  expect(png.toString('latin1')).toMatch(/"init":\{"strength":1,"sha256":"[0-9a-f]{64}"\}/);

  await page.getByRole('button', { name: 'Before / after' }).click();
  const slider = page.getByRole('slider', { name: /^Before and after/ });
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveValue('51');
  await expect(page.getByRole('img', { name: 'Before' })).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});

test('strength 0 gives the round trip of the image, whatever the prompt', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await openConditions(page);
  await chooseSource(page);
  await page.getByRole('spinbutton', { name: 'Strength' }).fill('0');
  await studio.makeImage('chest x-ray, normal', 4);
  const first = await savedPng(page);
  await studio.makeImage('fundus photo', 2);
  const second = await savedPng(page);
  expect(rgbOf(second)).toEqual(rgbOf(first));
});

test('a picture of the gallery is the start of another, and is named as its parent', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.makeImage('chest x-ray, normal', 2);
  await page.getByRole('button', { name: 'Start from this' }).click();
  await expect(page.getByRole('spinbutton', { name: 'Strength' })).toBeVisible();
  await studio.makeImage('chest x-ray, pneumonia', 4);
  const png = (await savedPng(page)).toString('latin1');
  expect(png).toMatch(/"sourceId":"[0-9a-f-]{36}"/);
  await expect(page.getByRole('button', { name: 'Before / after' })).toBeVisible();
});

test('a mask can be generated, drawn by keyboard, taken back, and goes into the picture', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.prompt.fill('microscopy');
  await openConditions(page); // a press right after typing: fields go only once it has arrived
  await studio.askForMicroscopy();
  await page.getByText('Generate a layout').click();
  await page.getByRole('spinbutton', { name: 'Count', exact: true }).first().fill('12');
  await page.getByRole('button', { name: 'Make the mask' }).click();
  await expect(page.getByText('12 instances')).toBeInViewport();
  await page.getByRole('button', { name: 'Change by hand' }).click();
  const surface = page.getByRole('application');
  const count = page.getByRole('dialog').getByRole('status');
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(count).toHaveText('0 instances');
  await surface.focus();
  for (const key of ['ArrowRight', 'Space']) await page.keyboard.press(key);
  await expect(count).toHaveText('1 instances');
  await page.keyboard.press('Control+z');
  await expect(count).toHaveText('0 instances');
  await page.keyboard.press('Control+Shift+z');
  await expect(count).toHaveText('1 instances');
  await page.getByRole('button', { name: 'polygon' }).click();
  const box = (await surface.boundingBox())!;
  for (const [x, y] of [
    [0.1, 0.1],
    [0.3, 0.1],
    [0.2, 0.3],
  ]) {
    await surface.click({ position: { x: x * box.width, y: y * box.height } });
  }
  await page.getByRole('button', { name: 'Close the shape' }).click();
  await expect(count).toHaveText('2 instances');
  await page.getByRole('button', { name: 'Use it' }).click();
  await studio.makeImage('fluorescence microscopy', 2);
  const png = (await savedPng(page)).toString('latin1');
  expect(png).toMatch(/"mask":\{"sha256":"[0-9a-f]{64}"\}/);
});

test('a mask file with a value that is no class is refused, and the value is named', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await studio.askForMicroscopy();
  await openConditions(page);
  const data = new Uint8Array(64 * 64);
  data[65] = 7;
  data[66] = 1;
  const buffer = Buffer.from(encode({ width: 64, height: 64, channels: 1, data }));
  await page.getByLabel('A mask file holds').selectOption('classes');
  await page
    .getByLabel('File of the instance mask')
    .setInputFiles({ name: 'm.png', mimeType: 'image/png', buffer });
  await expect(page.getByRole('alert')).toContainText('value 7 in column 2, row 2');
  await page.getByLabel('A mask file holds').selectOption('instances');
  await page
    .getByLabel('File of the instance mask')
    .setInputFiles({ name: 'm.png', mimeType: 'image/png', buffer });
  await expect(page.getByText('2 instances')).toBeVisible();
});

test('a file that is no image is refused in words, and what was chosen before stays', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await openConditions(page);
  await chooseSource(page);
  await expect(page.getByRole('spinbutton', { name: 'Strength' })).toBeVisible();
  await chooseSource(page, Buffer.from('no image'), 'broken.png');
  await expect(page.getByRole('alert')).toContainText('no image that can be read');
  await expect(page.getByRole('spinbutton', { name: 'Strength' })).toBeVisible();
});

test('prompt and covariates follow each other', async ({ page, serve, studio }) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await page.getByRole('checkbox', { name: 'Age' }).check();
  await studio.prompt.fill('chest x-ray, 30 year old woman');
  await studio.prompt.blur();
  const age = page.getByRole('spinbutton', { name: 'Age, years' });
  await expect(age).toHaveValue('30');
  await age.fill('62');
  await expect(studio.prompt).toHaveValue('chest x-ray, 62 year old woman');
});

for (const [colorScheme, width] of [
  ['light', 1280],
  ['dark', 1280],
  ['dark', 380],
] as const) {
  test(`axe finds nothing wrong with image, mask, painting, slider and grid: ${colorScheme}, ${width} px`, async ({
    page,
    serve,
    studio,
  }, testInfo) => {
    const { url } = await serve(TINY);
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const look = async (what: string) => {
      await page.screenshot({ path: testInfo.outputPath(`${what}-${colorScheme}-${width}.png`) });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes[0].html])).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, what).toBe(0);
    };
    await studio.open(url);
    await studio.askForMicroscopy();
    await openConditions(page);
    await chooseSource(page);
    await page.getByText('Generate a layout').click();
    await page.getByRole('button', { name: 'Make the mask' }).click();
    await page.getByRole('button', { name: 'Paint a part anew …' }).scrollIntoViewIfNeeded();
    await look('fields');
    await page.getByRole('button', { name: 'Change by hand' }).click();
    await look('mask');
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Paint on it' }).click();
    await drag(page, [0.2, 0.2], [0.5, 0.6]);
    await look('sketch');
    await page.getByRole('button', { name: 'Use it' }).click();
    await studio.makeImage('microscopy', 2);
    await page.getByRole('button', { name: 'Before / after' }).click();
    await look('slider');
    await page.getByRole('button', { name: 'Sweep …' }).click();
    await page.getByRole('checkbox', { name: /^Offer all/ }).check(); // microscopy has neither
    await page.getByRole('combobox', { name: 'Across' }).selectOption('age');
    await page.getByRole('combobox', { name: 'Down' }).selectOption('sex');
    await look('sweep-fields');
    await page.getByRole('button', { name: 'Make 10 images' }).click();
    await expect(page.getByText(/10 of 10/)).toBeVisible();
    await page.getByRole('table').scrollIntoViewIfNeeded();
    await look('sweep');
  });
}
