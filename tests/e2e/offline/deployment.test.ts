/** A page that is open while a newer version is deployed, on a host where no service worker keeps its files. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '../app';
import { openDatasets } from '../datasets/dataset-pages';
import { test, type StaticCopy } from './static-copy';

test.use({ serviceWorkers: 'block' });

/** As a build names a part whose content has changed: the old name is gone, and the rest of the app asks for the new one. */
function renamePart({ folder }: StaticCopy, name: RegExp) {
  const assets = join(folder, 'assets');
  const files = readdirSync(assets);
  const before = files.find((file) => name.test(file))!;
  const after = before.replace(/-[\w-]{8}\.js$/, '-newer123.js');
  expect(after).not.toBe(before);
  renameSync(join(assets, before), join(assets, after));
  for (const file of files.filter((other) => other.endsWith('.js') && other !== before)) {
    const text = readFileSync(join(assets, file), 'utf8');
    if (text.includes(before)) writeFileSync(join(assets, file), text.replaceAll(before, after));
  }
}

test('a part that is gone after a deployment is named, a reload offered, and nothing of the form lost', async ({
  copy,
  serve,
  studio,
}) => {
  const { url } = await serve([{ prefix: '/', folder: copy.folder }]);
  const { page } = studio;
  await page.goto(url);
  await studio.prompt.fill('fundus photo, written with care');
  await studio.setNumber('Steps', 7);
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('4711');

  renamePart(copy, /^DatasetsView-.*\.js$/);
  copy.edit('index.html', '<title>Phantoscope</title>', '<title>The newer one</title>');
  await openDatasets(page);
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('A part of this app could not be fetched: ');
  await expect(alert).toContainText('has a newer version of the app');
  await page.getByRole('button', { name: 'Studio', exact: true }).click();
  await expect(studio.prompt).toHaveValue('fundus photo, written with care');

  await openDatasets(page);
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await expect(page).toHaveTitle('The newer one');
  await expect(page.getByRole('button', { name: 'New recipe' })).toBeVisible();
  await page.getByRole('button', { name: 'Studio', exact: true }).click();
  await expect(studio.prompt).toHaveValue('fundus photo, written with care');
  await expect(page.getByRole('spinbutton', { name: 'Steps' })).toHaveValue('7');
  await expect(page.getByRole('spinbutton', { name: 'Seed' })).toHaveValue('4711');
});

test('in a session nothing is written for the reload, and the offer says so', async ({
  copy,
  serve,
  studio,
}) => {
  const { url } = await serve([{ prefix: '/', folder: copy.folder }]);
  const { page } = studio;
  await page.goto(`${url}?session`);
  await studio.prompt.fill('fundus photo, a secret');
  renamePart(copy, /^DatasetsView-.*\.js$/);
  await openDatasets(page);
  await expect(page.getByRole('alert')).toContainText('copy it first');
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await page.getByRole('button', { name: 'Studio', exact: true }).click();
  await expect(studio.prompt).not.toHaveValue(/secret/);
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});
