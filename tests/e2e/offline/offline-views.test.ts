/** The views on the fixture model, below a sub-path; each feature of the shipped app: offline-features.prove.ts. */
import { DIST } from '../../../cli/install.js';
import { expect, Studio, test, TINY_MODEL } from '../app';
import { trainToTheEnd, writeDiscs } from '../finetune/finetune-pages';

test('every view, and fine-tuning, work without the server', async ({ serve, page }, testInfo) => {
  const prefix = '/some/where/';
  const mounts = [TINY_MODEL, DIST].map((folder) => ({ prefix, folder }));
  const server = await serve(mounts, {});
  const studio = new Studio(page);
  await page.goto(`${server.url}some/where/`);
  await page.waitForFunction(() => crossOriginIsolated && navigator.serviceWorker.controller);
  await studio.chooseBackend('wasm');
  await studio.makeImage('chest x-ray', 2);
  await expect(page.getByRole('button', { name: /offline/ })).toHaveText('ready to work offline');
  await server.close();
  await page.reload();

  await page.getByRole('button', { name: 'Inspect' }).click();
  await expect(page.getByRole('toolbar', { name: 'Viewer' })).toBeVisible();
  await page.getByRole('button', { name: 'Inspect' }).click();
  await page.getByRole('link', { name: 'Help' }).click();
  await page
    .getByRole('navigation')
    .getByRole('link', { name: 'The studio and its data sets' })
    .click();
  await expect(page.getByRole('heading', { name: 'Prompts and presets' })).toBeVisible();
  await page.getByRole('button', { name: 'Data sets' }).click();
  await page.getByRole('button', { name: 'New recipe' }).click();
  await expect(page.getByRole('button', { name: 'Make these images' })).toBeVisible();
  await page.getByRole('button', { name: 'Evaluate' }).click();
  await expect(page.getByRole('button', { name: 'Compare', exact: true })).toBeVisible();
  await trainToTheEnd(page, writeDiscs(testInfo.outputPath('discs'), 4), 2);
  await page.getByRole('button', { name: 'Use in the studio' }).click();
  await studio.makeImage('chest x-ray', 2);
  expect(studio.consoleErrors.filter((text) => !/ERR_CONNECTION_REFUSED/.test(text))).toEqual([]);
});
