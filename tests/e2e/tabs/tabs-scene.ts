/** What the rows of tabs-table.ts have in common. */
import type { StaticServer } from '../../../cli/static-server.js';
import { writeLoraFile } from '../../../src/finetune/lora-file';
import { expect, type Studio } from '../app';
import { makeRecipe, openDatasets, recipeFor, tilesOf } from '../datasets/dataset-pages';
import { fillForm, writeDiscs } from '../finetune/finetune-pages';
import type { TabsRow } from './tabs-table';

/** The rows of some stores. */
export type Rows<Prefix extends string> = Record<
  Extract<TabsRow, `${Prefix}${string}`>,
  (scene: Scene) => Promise<void>
>;

/** What a row works with: so many tabs of one browser, each with the studio open. */
export interface Scene {
  tabs: Studio[];
  server: StaticServer;
  /** One more of the same browser. */
  another: () => Promise<Studio>;
  /** A folder of this name, for this test alone. */
  folder: (name: string) => string;
}

const BOTH_MARKS = /rejected, rated 4/;

export async function lookThrough({ page }: Studio) {
  await page.getByRole('button', { name: 'Look through' }).click();
}

/** Ids of the records in one of the page's databases, whatever they hold. */
export function storedIds({ page }: Studio, database: string): Promise<string[]> {
  return page.evaluate(
    (name) =>
      new Promise<string[]>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onerror = () => reject(new Error(`no database ${name}`));
        request.onsuccess = () => {
          const keys = request.result.transaction('items').objectStore('items').getAllKeys();
          keys.onsuccess = () => {
            request.result.close();
            resolve(keys.result as string[]);
          };
        };
      }),
    database,
  );
}

/** How many images there are of all data sets, and how many places they take. */
export async function storedImages(tab: Studio) {
  const facts = (await storedIds(tab, 'datasets')).filter((id) => id.startsWith('facts/'));
  return { images: facts.length, places: new Set(facts).size };
}

export async function makeSet(
  tab: Studio,
  url: string,
  title: string,
  count: number,
  steps?: number,
) {
  await makeRecipe(tab.page, await recipeFor(url, title, count, steps));
}

export const setTitle = ({ page }: Studio, title: string) =>
  page.getByRole('button', { name: title, exact: true });

export async function deleteOpenSet({ page }: Studio) {
  await page.getByRole('button', { name: 'Delete …' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Delete \d+ images/ })
    .click();
}

/** Rates with 4 here, rejects there, and looks whether both tabs know both. */
export async function markInBoth(here: Studio, there: Studio) {
  // Pressed on the tile itself: news of the other tab may come between a click and a key, and move the focus.
  const [rated, rejected] = [here, there].map(({ page }) => tilesOf(page).first());
  await rated.click();
  await rated.press('4');
  await rejected.click();
  await rejected.press('x');
  for (const { page } of [here, there]) {
    await expect(tilesOf(page).first()).toHaveAccessibleName(BOTH_MARKS);
  }
}

/** A file of low-rank factors that fit the fixture model. */
async function tunedFile(title: string) {
  const name = 'unet.mid_block.attentions.0.proj_in';
  const factors = ['down', 'up'].map((kind) => {
    const dims = kind === 'down' ? [2, 3] : [3, 2];
    return { name: `lora.${name}.${kind}`, dims, data: new Float32Array(6).fill(0.01) };
  });
  const facts = {
    ...{ title, modelId: 'tiny', modelHash: '', rank: 2, steps: 1 },
    ...{ numImages: 8, imagesSeen: 8, copyRate: null },
  };
  const buffer = Buffer.from(await writeLoraFile(factors, facts).arrayBuffer());
  return { name: `${title}.safetensors`, mimeType: 'application/octet-stream', buffer };
}

export async function showTuned({ page }: Studio) {
  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
}

export async function importTuned(tab: Studio, title: string) {
  await tab.page.getByLabel('File of a tuned model').setInputFiles(await tunedFile(title));
}

export const tunedTitle = ({ page }: Studio, title: string) =>
  page.getByRole('heading', { name: title });

/** Starts a training that is long enough to be disturbed; resolves once it has taken steps. */
export async function startTraining({ page }: Studio, folder: string, steps: number) {
  await fillForm(page, writeDiscs(folder, 8), steps);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByText(/step \d+ of/i).first()).toBeVisible();
}

/** Ends the training where it stands; its tuned model is then in all of these tabs. */
export async function keepTrained({ page }: Studio, tabs: Studio[]) {
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByRole('button', { name: 'Keep as it is' }).click();
  await seeTrained(tabs);
}

export async function seeTrained(tabs: Studio[]) {
  for (const { page } of tabs) {
    await expect(page.getByRole('button', { name: 'Use in the studio' })).toHaveCount(1);
    await expect(page.getByRole('button', { name: /^Resume after step/ })).toHaveCount(0);
  }
}

export async function openFolder({ page }: Studio, folder: string, stay: RegExp) {
  await page.bringToFront(); // the browser hands no folder to a tab behind another
  await openDatasets(page);
  await page.getByLabel('Folder of images').setInputFiles(folder);
  await page.getByRole('button', { name: stay }).click();
}
