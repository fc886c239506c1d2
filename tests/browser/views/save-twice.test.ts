import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import App from '../../../src/App.svelte';
import { readPngTexts } from '../../../src/image/png';
import { fakeEntry, fakeImage, fakeRequest, fakeStudio, tinyPng } from './ui-fakes';

afterEach(() => vi.restoreAllMocks());

const TWICE = /^Save PNG at twice the size/;

/** What the browser is handed to save. */
function savedFiles() {
  const saved: { name: string; file: Promise<Blob> }[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push({ name: this.download, file: fetch(this.href).then((answer) => answer.blob()) });
  });
  return saved;
}

test('a picture is saved at twice its size by the button beside "Save PNG", and says so', async () => {
  await page.viewport(1280, 900);
  const saved = savedFiles();
  const studio = fakeStudio();
  await studio.gallery.keep(fakeImage(fakeRequest(), await tinyPng()));
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: TWICE }).click();
  await expect.poll(() => saved.length).toBe(1);
  expect(saved[0].name).toMatch(/-2x\.png$/);
  const file = await saved[0].file;
  const { width, height } = await createImageBitmap(file);
  expect([width, height]).toEqual([4, 4]);
  expect((await readPngTexts(file))['phantoscope:enlarged']).toMatch(/^2x by Lanczos/);
});

test('a copy of an image from outside is asked about first', async () => {
  const saved = savedFiles();
  const studio = fakeStudio();
  const similarity = [{ equalPixels: 1, correlation: 1, keptPart: false }];
  const image = fakeImage(fakeRequest(), await tinyPng());
  await studio.gallery.keep({ ...image, provenance: { origin: 'outside', similarity } });
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: TWICE }).click();
  const dialog = screen.getByRole('dialog', { name: 'Save it all the same?' });
  await expect.element(dialog).toBeVisible();
  expect(saved).toEqual([]);
  await dialog.getByRole('button', { name: /^Save this/ }).click();
  await expect.poll(() => saved.length).toBe(1);
});

test('a file that cannot be enlarged says why below the picture', async () => {
  const studio = fakeStudio();
  await studio.gallery.keep(fakeImage(fakeRequest()));
  const screen = await render(App, { studio });
  await screen.getByRole('button', { name: TWICE }).click();
  await expect.element(screen.getByRole('alert')).toHaveTextContent(/not a (whole )?PNG|PNG/);
});

test.each([
  [500, 2],
  [690, 1],
  [900, 3],
  [940, 2],
  [1280, 1],
])(
  'at %i px the buttons below a picture need no more than the room kept for %i rows',
  async (width, rows) => {
    await page.viewport(width, 900);
    const entry = fakeEntry();
    const studio = fakeStudio(
      {},
      { ...entry, conditions: { ...entry.conditions, initImage: true } },
    );
    await studio.gallery.keep(fakeImage(fakeRequest(), await tinyPng()));
    await render(App, { studio });
    const actions = document.querySelector('.caption .actions')!;
    const tops = new Set([...actions.children].map((one) => one.getBoundingClientRect().top));
    expect(tops.size).toBeLessThanOrEqual(rows);
  },
);
