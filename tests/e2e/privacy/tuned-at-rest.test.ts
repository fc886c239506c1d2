/** Fine-tuning is treated as patient data: what the disk has of it, and what is left once everything is erased. */
import type { Page } from '@playwright/test';
import { Studio, TINY, expect, test } from '../app';
import { fillForm, writeDiscs } from '../finetune/finetune-pages';
import {
  eraseEverything,
  filesWith,
  storages,
  turnOnEncryption,
  unlock,
  PASSPHRASE,
  withProfile,
} from '../stored-pages';

/** Trains on discs whose caption nobody else writes. */
async function train(page: Page, folder: string, caption: string) {
  await fillForm(page, writeDiscs(folder, 8), 12);
  await page.getByLabel('Caption', { exact: true }).fill(caption);
  await page.getByLabel('Name of the result').fill(`tuned ${caption}`);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByRole('button', { name: `Export tuned ${caption}` })).toBeVisible();
}

/** The largest factor of a tuned model that lies unencrypted, as the disk has it. */
function storedFactor(page: Page): Promise<number[]> {
  return page.evaluate(
    () =>
      new Promise<number[]>((resolve, reject) => {
        const request = indexedDB.open('finetunes');
        request.onerror = () => reject(new Error('no such database'));
        request.onsuccess = () => {
          const all = request.result.transaction('items').objectStore('items').getAll();
          all.onsuccess = () => {
            request.result.close();
            const records = all.result as { factors?: { data: Float32Array }[] }[];
            const arrays = records.flatMap(({ factors = [] }) => factors.map(({ data }) => data));
            arrays.sort((a, b) => b.length - a.length);
            const bytes = arrays[0] && new Uint8Array(arrays[0].slice(0, 16).buffer);
            resolve([...(bytes ?? [])]);
          };
        };
      }),
  );
}

test('encrypted, neither captions nor factors of a tuned model are in any file of the browser', async ({
  serve,
}, testInfo) => {
  const { url } = await serve(TINY);
  const discs = testInfo.outputPath('discs');
  await withProfile(async (profile, visit) => {
    let factor = Buffer.alloc(0);
    await visit(url, async (studio) => {
      const { page } = studio;
      await studio.chooseBackend('wasm');
      await train(page, discs, 'zzqbefore knee');
      factor = Buffer.from(await storedFactor(page));
      expect(new Set(factor).size).toBeGreaterThan(16);
      // The same look finds them as long as they are in the clear.
      await expect.poll(() => filesWith(profile, 'zzqbefore').length).toBeGreaterThan(0);
      await expect.poll(() => filesWith(profile, factor).length).toBeGreaterThan(0);
      await turnOnEncryption(studio);
      await train(page, discs, 'zzqafter knee');
      expect(await storedFactor(page)).toEqual([]);
    });
    expect(filesWith(profile, 'zzqafter')).toEqual([]);

    await visit(url, async ({ page }) => {
      await expect(page.getByRole('dialog', { name: /locked/ })).toBeVisible();
      await expect.poll(() => filesWith(profile, 'zzqbefore')).toEqual([]);
      await expect.poll(() => filesWith(profile, factor)).toEqual([]);
      await unlock(page, PASSPHRASE);
      await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
      await expect(page.getByRole('button', { name: 'Use in the studio' })).toHaveCount(2);
    });
  });
});

test('erase everything takes tuned models and unfinished runs with it', async ({
  serve,
  studio,
  page,
}, testInfo) => {
  const { url } = await serve(TINY);
  await studio.open(url);
  await train(page, testInfo.outputPath('discs'), 'zzqerase knee');
  await fillForm(page, writeDiscs(testInfo.outputPath('more'), 8), 100_000);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByText(/^Step \d+ of 100000/)).toBeVisible();
  expect((await storages(page)).records).toContain('zzqerase');

  await eraseEverything(page);
  await expect(page.getByRole('heading', { name: 'Everything is erased' })).toBeVisible();
  const { databases, records } = await storages(page);
  expect(databases).toEqual([]);
  expect(records).toBe('[]');
});

test('a session keeps a tuned model only as long as the page, and says so', async ({
  serve,
  page,
}, testInfo) => {
  const { url } = await serve(TINY);
  await new Studio(page).open(url);
  await expect(page.getByRole('button', { name: /^wasm/ })).toBeVisible();
  await page.goto(`${url}?session`);
  await train(page, testInfo.outputPath('discs'), 'zzqsession knee');
  await expect(page.getByText('export a tuned model before the page closes')).toBeVisible();
  expect((await storages(page)).records).not.toContain('zzqsession');
  await page.reload();
  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  await expect(page.getByText('None yet.')).toBeVisible();
});
