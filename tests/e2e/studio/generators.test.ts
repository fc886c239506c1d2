import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { GeneratorEntry, ModelManifest } from '../../../src/models/manifest/manifest';
import { readPngTexts } from '../../../src/image/png';
import { expect, test, TINY, type Studio } from '../app';

const FOLDER = resolve(import.meta.dirname, '../../fixtures/tiny-generators');
const MODELS = (
  JSON.parse(readFileSync(join(FOLDER, 'model-manifest.json'), 'utf8')) as ModelManifest
).models as GeneratorEntry[];

const RIVALS = resolve(import.meta.dirname, '../../../rivals-manifest.json');

/** The two files of one package, as somebody would choose them. */
function packageFiles(entry: GeneratorEntry) {
  const manifest = { schemaVersion: 1, defaultModel: entry.id, models: [entry] };
  return [
    {
      ...{ name: 'model-manifest.json', mimeType: 'application/json' },
      buffer: Buffer.from(JSON.stringify(manifest)),
    },
    {
      ...{ name: 'generator.onnx', mimeType: 'application/octet-stream' },
      buffer: readFileSync(join(FOLDER, entry.baseUrl, 'generator.onnx')),
    },
  ];
}

/** What the picture in view says of itself, once it is saved. */
async function savedTexts({ page }: Studio): Promise<Record<string, string>> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save PNG' }).click();
  const path = await (await downloading).path();
  return readPngTexts(new Blob([readFileSync(path)]));
}

/** Draws one picture with an installed generator, a mask made for it where it wants one; what the saved picture says of itself. */
async function drawWith(studio: Studio, { id, title, generator }: GeneratorEntry) {
  const { page } = studio;
  await page.getByRole('button', { name: 'Models' }).click();
  const row = page.getByRole('region', { name: title });
  await row.getByRole('button', { name: 'Use in the studio' }).click();
  await expect(page.getByText(`${generator.method} · drawn in one step`)).toBeVisible();
  await expect(studio.prompt).toHaveCount(0);
  for (const name of ['Steps', 'Guidance']) {
    await expect(page.getByRole('spinbutton', { name, exact: true })).toHaveCount(0);
  }
  if (generator.mask) {
    await studio.generate.click();
    await expect(page.getByText('draws to a mask (expected one, got none)').first()).toBeVisible();
    await page.getByRole('button', { name: 'Mask …' }).click();
    await page.getByText('Generate a layout').click();
    await page.getByRole('button', { name: 'Make the mask' }).click();
    await expect(page.getByText('Start from an image', { exact: true })).toBeHidden();
  }
  const before = await studio.galleryPictures().count();
  await studio.generate.click();
  await expect(studio.galleryPictures()).toHaveCount(before + 1);

  await expect(page.getByText(new RegExp(`seed \\d+ · ${generator.method} · `))).toBeVisible();
  const texts = await savedTexts(studio);
  expect(texts['phantoscope:method']).toBe(generator.method);
  const request = JSON.parse(texts['phantoscope:request']) as Record<string, unknown>;
  expect(request).toMatchObject({ modelId: id, method: generator.method, scheduler: 'none' });
  expect(texts['phantoscope:model']).toMatch(/^[0-9a-f]{64}$/);
  return texts;
}

test('three generators that came as files draw without the server, and their pictures say so', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  const { page } = studio;
  await studio.open(server.url);
  await studio.makeImage('chest x-ray, viral pneumonia', 1); // the app is whole, and a prompt is typed
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.getByRole('button', { name: 'Image or mask …' }).click(); // so that this part is here too
  await expect(page.getByText(/^Instance mask: not for/)).toBeVisible();
  await page.getByRole('button', { name: 'Models' }).click();
  for (const entry of MODELS) {
    await page.getByLabel('Choose a ZIP or files').setInputFiles(packageFiles(entry));
    await expect(page.getByText(`Installed from the package: ${entry.id}.`)).toBeVisible();
  }
  await page.keyboard.press('Escape');
  await server.close();

  const made: string[] = [];
  for (const entry of MODELS) {
    made.push((await drawWith(studio, entry))['phantoscope:model']);
    // The prompt that was typed for another model names it.
    const label = page.getByRole('combobox', { name: /^Label/ });
    if (!entry.generator.mask) await expect(label).toHaveValue('viral pneumonia');
  }
  expect(new Set(made).size).toBe(3);
});

test('existing methods are listed beside the page, and three of them draw without the server', async ({
  serve,
  studio,
}) => {
  const { models } = JSON.parse(readFileSync(RIVALS, 'utf8')) as ModelManifest;
  const rivals = ['dcgan-chest', 'cvae-chest', 'pix2pix-nuclei'].map(
    (id) => models.find((entry) => entry.id === id) as GeneratorEntry,
  );
  const server = await serve(TINY);
  const { page } = studio;
  await studio.open(server.url);
  await studio.makeImage('chest x-ray', 1); // the app is whole
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.getByRole('button', { name: 'Image or mask …' }).click(); // so that this part is here too
  await expect(page.getByText(/^Instance mask: not for/)).toBeVisible();
  await page.goto(`${server.url}models.html`);
  await page.getByRole('button', { name: 'List existing methods' }).click();
  for (const { title } of rivals) {
    await page.getByRole('button', { name: `Fetch ${title}`, exact: true }).click();
    await expect(page.getByRole('button', { name: `Fetch ${title}`, exact: true })).toBeHidden();
  }
  await expect(page.getByText('Installed.')).toHaveCount(rivals.length);
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Models' }).click(); // so that this part is here too
  for (const { title } of rivals) {
    await expect(page.getByRole('region', { name: title })).toBeVisible();
  }
  await page.keyboard.press('Escape');
  await server.close();

  for (const entry of rivals) await drawWith(studio, entry);
});
