import { page } from 'vitest/browser';
import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import App from '../../../src/App.svelte';
import { encodePng } from '../../../src/image/png';
import { fakeImage, fakeRequest, fakeStudio } from './ui-fakes';

declare global {
  var ran: number | undefined;
}

/** Runs wherever a text is taken for markup. */
const EVIL = '<img src=x onerror="globalThis.ran=1"><svg onload="globalThis.ran=1">';
const PIXELS = { width: 4, height: 4, rgba: new Uint8Array(64).fill(90) };
const PNG = encodePng(PIXELS, { Title: EVIL, Description: EVIL, 'phantoscope:request': EVIL });
const wait = () => new Promise((resolve) => setTimeout(resolve, 300));

test('HTML in names, labels, prompts and text chunks is shown as text and never runs', async () => {
  await page.viewport(1280, 800);
  const studio = fakeStudio({
    generate: async () => fakeImage(fakeRequest({ prompt: EVIL }), PNG),
  });
  studio.model.phase = 'ready';
  void render(App, { studio });
  await studio.submit();
  await expect.element(page.getByText(EVIL).first()).toBeVisible();

  const datasets = await studio.openDatasets();
  studio.show('datasets');
  const csv = new File([`file,label\ngood.png,"${EVIL.replaceAll('"', '""')}"\n`], 'labels.csv');
  datasets.offered = [
    { path: `${EVIL.replaceAll('/', '')}/good.png`, file: new File([PNG], 'good.png') },
    { path: 'x/labels.csv', file: csv },
    { path: `x/${EVIL}.png`, file: new File(['no image'], 'bad.png') },
  ];
  const set = await datasets.takeOffered('kept');
  await datasets.look(set!);
  await expect.element(page.getByRole('option', { name: /onerror/ })).toBeVisible();
  await page.getByRole('option', { name: /onerror/ }).click();
  await expect.poll(() => document.querySelector('.details')?.textContent).toContain('onerror');
  expect(datasets.importing.skipped.map(({ path }) => path)).toEqual([`x/${EVIL}.png`]);
  expect(datasets.grid?.all.map(({ label }) => label)).toEqual([EVIL]);

  await wait(); // an image that fails to load says so in another task
  expect(globalThis.ran).toBeUndefined();
  expect(document.querySelector('[onerror], [onload]')).toBeNull();
});
