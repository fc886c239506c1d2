import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BlobReader, BlobWriter, TextReader, ZipWriter } from '@zip.js/zip.js';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { TINY, TINY_MODEL, expect, test, weightRequests } from '../app';

/** The fixture model under another id and title, as a ZIP that somebody carried in. */
async function carriedZip(): Promise<Buffer> {
  const manifest = JSON.parse(
    readFileSync(join(TINY_MODEL, 'model-manifest.json'), 'utf8'),
  ) as ModelManifest;
  const [entry] = manifest.models;
  Object.assign(entry, { id: 'carried', title: 'Carried model' });
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  const text = JSON.stringify({ ...manifest, defaultModel: 'carried' });
  await writer.add('stick/model-manifest.json', new TextReader(text));
  for (const name of readdirSync(join(TINY_MODEL, entry.baseUrl))) {
    const bytes = readFileSync(join(TINY_MODEL, entry.baseUrl, name));
    await writer.add(`stick/${entry.baseUrl}${name}`, new BlobReader(new Blob([bytes])));
  }
  return Buffer.from(await (await writer.close()).arrayBuffer());
}

test('a model that was carried in as a ZIP is installed, used, and makes an image', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  await studio.open(server.url);
  await studio.makeImage('chest x-ray', 1);
  const before = weightRequests(server).length;

  await studio.page.getByRole('button', { name: 'Models' }).click();
  const zip = { name: 'carried.zip', mimeType: 'application/zip', buffer: await carriedZip() };
  await studio.page.getByLabel('Choose a ZIP or files').setInputFiles(zip);
  await expect(studio.page.getByText('Installed from the package: carried.')).toBeVisible();
  const row = studio.page.getByRole('region', { name: 'Carried model' });
  await row.getByRole('button', { name: 'Use in the studio' }).click();

  await expect(studio.page.getByRole('link', { name: 'Carried model' })).toBeVisible();
  await studio.makeImage('brain MRI', 1);
  expect(weightRequests(server).slice(before)).toEqual([]);
  expect(studio.consoleErrors).toEqual([]);
});
