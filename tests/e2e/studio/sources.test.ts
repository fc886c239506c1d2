/** How images come into the studio, and how they are painted on: drop, paste, planes of a volume, fingers, zoom. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { encode } from 'fast-png';
import { expect, test, TINY, type Studio } from '../app';

const FORMATS = resolve(import.meta.dirname, '../../fixtures/formats');
const WHITE = Buffer.from(
  encode({ width: 8, height: 8, channels: 1, data: new Uint8Array(64).fill(255) }),
);

/** As a file that is dragged from the desktop over the page and let go there. */
async function drop(page: Page, on: string, bytes: Buffer, name: string) {
  const transfer = await page.evaluateHandle(
    ({ base64, name }) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name));
      return transfer;
    },
    { base64: bytes.toString('base64'), name },
  );
  await page.dispatchEvent(on, 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent(on, 'drop', { dataTransfer: transfer });
}

const strength = (page: Page) => page.getByRole('spinbutton', { name: 'Strength' });

test('a file dropped anywhere on the studio is the image to start from; elsewhere it does not replace the page', async ({
  page,
  serve,
  studio,
}) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await drop(page, 'footer', WHITE, 'a.png');
  await expect(strength(page)).toBeVisible();
  await expect(page.getByText('Drop it to start')).toHaveCount(0);
  await drop(page, 'footer', Buffer.from('no image'), 'a.txt');
  await expect(studio.alert).toContainText('no image that can be read');
  await page.getByRole('button', { name: 'Remove' }).click();

  await page.getByRole('button', { name: 'Data sets' }).click();
  const prevented = await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'x.png'));
    const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
    return !document.body.dispatchEvent(event);
  });
  expect(prevented).toBe(true);
  await page.getByRole('button', { name: 'Studio', exact: true }).click();
  await expect(strength(page)).toHaveCount(0);
  expect(studio.consoleErrors).toEqual([]);
});

test('Ctrl+V takes the image of the clipboard, and text still goes into the prompt', async ({
  page,
  serve,
  studio,
  context,
}) => {
  const { url } = await serve(TINY);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await studio.open(url);
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const image = new Blob([bytes], { type: 'image/png' });
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': image })]);
  }, WHITE.toString('base64'));
  await page.locator('body').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('Control+v');
  await expect(strength(page)).toBeVisible();
  await page.getByRole('button', { name: 'Remove' }).click();

  await page.evaluate(() => navigator.clipboard.writeText('fundus photo'));
  await studio.prompt.fill('');
  await studio.prompt.press('Control+v');
  await expect(studio.prompt).toHaveValue('fundus photo');
  await expect(strength(page)).toHaveCount(0);
});

test('of a volume the plane and the slice can be chosen', async ({ page, serve, studio }) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await drop(page, 'body', await readFile(`${FORMATS}/turned.nii.gz`), 'brain.nii.gz');
  const plane = page.getByRole('combobox', { name: 'Plane' });
  const slice = page.getByRole('spinbutton', { name: 'Slice' });
  // 8 × 12 × 10 voxels: of each plane the middle slice.
  await expect(plane).toHaveValue('axial');
  await expect(slice).toHaveValue('5');
  const preview = page.getByLabel('The image to start from', { exact: true });
  const pixels = () => preview.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const axial = await pixels();
  await plane.selectOption('coronal');
  await expect(slice).toHaveValue('6');
  const coronal = await pixels();
  expect(coronal).not.toBe(axial);
  await plane.selectOption('sagittal');
  await expect(slice).toHaveValue('4');
  await slice.fill('7');
  await expect(slice).toHaveAttribute('max', '7');
  expect(await pixels()).not.toBe(coronal);
  await plane.selectOption('axial');
  await expect(slice).toHaveValue('5');
  await expect.poll(pixels).toBe(axial);
  await drop(page, 'body', WHITE, 'plain.png');
  await expect(plane).toHaveCount(0);
});

/** Opens the drawing surface of a mask; what it says of what was painted. */
async function openMask(studio: Studio) {
  const { page } = studio;
  await studio.askForMicroscopy();
  await page.getByRole('button', { name: 'Image or mask …' }).click();
  await page.getByRole('button', { name: 'Draw …' }).click();
  const surface = page.getByRole('application');
  const box = (await surface.boundingBox())!;
  const at = (x: number, y: number) => ({ x: box.x + x * box.width, y: box.y + y * box.height });
  return { surface, at, count: page.getByRole('dialog').getByRole('status') };
}

test.describe('with fingers', () => {
  test.use({ hasTouch: true });

  test('one finger paints; two zoom and move, and leave nothing behind', async ({
    page,
    serve,
    studio,
    context,
  }) => {
    const { url } = await serve(TINY);
    await studio.open(url);
    const { at, count } = await openMask(studio);
    const cdp = await context.newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: object[]) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: touchPoints as never });

    await touch('touchStart', { ...at(0.2, 0.2), id: 0 });
    await touch('touchMove', { ...at(0.4, 0.2), id: 0 });
    await touch('touchEnd');
    await expect(count).toHaveText('1 instances');

    await touch('touchStart', { ...at(0.45, 0.7), id: 0 });
    await touch('touchStart', { ...at(0.45, 0.7), id: 0 }, { ...at(0.55, 0.7), id: 1 });
    for (const apart of [0.1, 0.15, 0.2]) {
      await touch(
        'touchMove',
        { ...at(0.5 - apart, 0.7), id: 0 },
        { ...at(0.5 + apart, 0.7), id: 1 },
      );
    }
    await touch('touchEnd', { ...at(0.3, 0.7), id: 0 });
    await touch('touchMove', { ...at(0.1, 0.9), id: 0 }); // the finger that stays paints nothing
    await touch('touchEnd');
    await expect(count).toHaveText('1 instances');
    await expect(page.getByRole('dialog').getByRole('group', { name: 'Zoom' })).toContainText(
      /[34]\d\d %/,
    );
    // The page below is where it was.
    expect(await page.evaluate(() => visualViewport!.scale)).toBe(1);
  });
});

test('a stroke goes where the pointer is, however the view is zoomed and moved', async ({
  page,
  serve,
  studio,
}, testInfo) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  const { surface, at, count } = await openMask(studio);
  const enlarged = page.getByRole('dialog').getByRole('group', { name: 'Zoom' });
  await page.getByRole('slider', { name: /^Size/ }).fill('1');
  const spot = at(0.7, 0.4);
  await page.mouse.move(spot.x, spot.y);
  for (let i = 0; i < 5; i++) await page.mouse.wheel(0, -300);
  await expect(enlarged).not.toContainText('100 %');
  await page.mouse.click(spot.x, spot.y);
  await expect(count).toHaveText('1 instances');
  await page.screenshot({ path: testInfo.outputPath('zoomed.png') });

  // Shift and a drag moves the view and paints nothing.
  await page.keyboard.down('Shift');
  await page.mouse.down();
  await page.mouse.move(spot.x + 60, spot.y + 40, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await expect(count).toHaveText('1 instances');
  const painted = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.hard')!;
    const { data, width } = canvas.getContext('2d')!.getImageData(0, 0, 64, 64);
    const at = [...data.keys()].filter((i) => i % 4 === 3 && data[i] > 0).map((i) => (i - 3) / 4);
    return at.map((i) => [i % width, Math.floor(i / width)]);
  });
  // 0.7 and 0.4 of 64 pixels.
  expect(painted).toEqual([[44, 25]]);

  await page.getByRole('button', { name: 'The whole picture' }).click();
  await expect(enlarged).toContainText('100 %');
  await surface.focus();
  await page.keyboard.press('+');
  await expect(enlarged).toContainText('150 %');
  await page.keyboard.press('0');
  await expect(enlarged).toContainText('100 %');
});

test('what was painted and not used can be taken up again', async ({ page, serve, studio }) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  const { surface, count } = await openMask(studio);
  await surface.focus();
  for (const key of ['ArrowRight', 'Space']) await page.keyboard.press(key);
  await expect(count).toHaveText('1 instances');
  await page.mouse.click(5, 5); // beside the dialog
  await expect(surface).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(surface).toHaveCount(0);
  await page.getByRole('button', { name: 'Go on with it' }).click();
  await expect(count).toHaveText('1 instances');
  await page.getByRole('button', { name: 'Use it' }).click();
  await expect(page.getByText('1 instances')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Go on with it' })).toHaveCount(0);
});
