import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Download, Page } from '@playwright/test';
import { BlobReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';

/** Two labels in equal shares. */
const RECIPE = {
  version: 1,
  title: '',
  modelId: '',
  seed: 7,
  numInferenceSteps: 2,
  guidanceScale: 1,
  scheduler: '',
  rows: [
    {
      count: 0,
      prompt: 'frontal chest x-ray, {finding}',
      words: {
        finding: [
          { value: 'no finding', share: 1 },
          { value: 'effusion', share: 1 },
        ],
      },
      covariates: {},
    },
  ],
};

type Recipe = typeof RECIPE;

/** As a browser without a file picker; Playwright sees the download. */
export async function withoutPicker(page: Page) {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'showSaveFilePicker', { value: undefined });
  });
}

/** By the header. */
export async function openDatasets(page: Page) {
  await page.getByRole('button', { name: 'Data sets' }).click();
}

/** The pictures of the open data set. */
export function tilesOf(page: Page) {
  return page.getByRole('listbox', { name: /^Images of/ }).getByRole('option');
}

/** Steps of a picture of which a few take seconds on any machine: for what is done while a set is being made. */
export const MANY_STEPS = 50;

/** A recipe of so many images for the first model of the server's manifest. */
export async function recipeFor(
  url: string,
  title: string,
  count: number,
  numInferenceSteps = 2,
): Promise<Recipe> {
  const manifest = (await (await fetch(new URL('model-manifest.json', url))).json()) as {
    models: { id: string; defaults: { guidanceScale: number; scheduler: string } }[];
  };
  const [{ id, defaults }] = manifest.models;
  const rows = RECIPE.rows.map((row) => ({ ...row, count }));
  return { ...RECIPE, ...defaults, numInferenceSteps, modelId: id, title, rows };
}

/** Opens it as a file and puts it into the queue. */
export async function makeRecipe(page: Page, recipe: Recipe) {
  await openDatasets(page);
  await page.getByRole('button', { name: 'New recipe' }).click();
  await page.getByLabel('Recipe file').setInputFiles({
    name: 'forty.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(recipe)),
  });
  await page.getByRole('button', { name: 'Make these images' }).click();
}

/** Path → content of every file of the ZIP. */
export async function unzip(download: Download): Promise<Map<string, Uint8Array>> {
  const bytes = await readFile(await download.path());
  const reader = new ZipReader(new BlobReader(new Blob([new Uint8Array(bytes)])));
  const files = new Map<string, Uint8Array>();
  for (const entry of await reader.getEntries()) {
    if (!entry.directory) files.set(entry.filename, await entry.getData(new Uint8ArrayWriter()));
  }
  await reader.close();
  return files;
}

/** What exports have left in the private files of the page's origin, by name. */
export async function exportNames(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const root = (await navigator.storage.getDirectory()) as unknown as {
      keys(): AsyncIterable<string>;
    };
    const names: string[] = [];
    for await (const name of root.keys()) names.push(name);
    return names.filter((name) => name.startsWith('export-'));
  });
}

/** sha256, lower-case hex. */
export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
