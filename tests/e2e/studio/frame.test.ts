/** Where the picture's frame stands while the page is at work. */
import type { Page } from '@playwright/test';
import { expect, onWasm, test, TINY } from '../app';

/** Where most moved once: the narrowest pane beside the form, and a phone, upright and sideways; and low windows. */
const SIZES = [
  { width: 1024, height: 768 },
  { width: 380, height: 780 },
  { width: 667, height: 375 },
  { width: 960, height: 470 }, // a large screen at twice its zoom
];

/** Writes down every place that the frame has, from the first time it is there; in CSS pixels of the page. */
async function followFrame(page: Page) {
  await page.addInitScript(() => {
    const places = new Set<string>();
    Object.assign(window, { places });
    const look = () => {
      const box = document.querySelector('.light-box')?.getBoundingClientRect();
      if (box) places.add([box.x, box.y + scrollY, box.width, box.height].map(Math.round).join());
      requestAnimationFrame(look);
    };
    look();
  });
}

const places = (page: Page) =>
  page.evaluate(() => [...(window as unknown as { places: Set<string> }).places]);

test('the picture’s frame never moves: not while the model loads, nor while pictures are drawn', async ({
  page,
  serve,
}) => {
  const { url } = await serve(TINY);
  await onWasm(page);
  await followFrame(page);
  // The gallery is out of sight where it is a sheet.
  const drawn = page.getByRole('button', { name: /, seed \d+$/, includeHidden: true });
  for (const [before, size] of SIZES.entries()) {
    await page.setViewportSize(size);
    await page.goto(url); // the model is loaded anew
    await page.getByRole('button', { name: 'Generate', exact: true }).click();
    await expect(drawn).toHaveCount(before + 1);
    await expect(page.getByRole('link', { name: 'Save PNG' })).toBeVisible();
    const stood = await places(page);
    expect(stood, `${size.width} px`).toHaveLength(1);
    const [, , , height] = stood[0].split(',').map(Number);
    expect(height, `height at ${size.width} px`).toBeGreaterThan(200); // a picture that can be seen
  }
});
