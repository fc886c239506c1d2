import type { Page } from '@playwright/test';
import { Studio, TINY, expect, test } from '../app';
import {
  eraseEverything,
  filesWith,
  PASSPHRASE,
  storages,
  turnOnEncryption,
  unlock,
  withProfile,
} from '../stored-pages';

const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Until the next reload each record takes a twentieth of a second more, so that a fast machine can be interrupted too. */
async function slowEncryption(page: Page) {
  await page.evaluate(() => {
    const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
    SubtleCrypto.prototype.encrypt = async (...given) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return encrypt(...given);
    };
  });
}

test('encrypted, neither prompt nor picture is in any file of the browser', async ({ serve }) => {
  const server = await serve(TINY);
  await withProfile(async (profile, visit) => {
    await visit(server.url, async (studio) => {
      await studio.chooseBackend('wasm');
      await studio.makeImage('zzqbefore xray', 1);
      // Blobs are on the disk once the record is read back.
      await expect.poll(() => filesWith(profile, 'zzqbefore').length).toBeGreaterThan(0);
      expect(filesWith(profile, PNG_SIGNATURE, 'Default/IndexedDB').length).toBeGreaterThan(0);
      await turnOnEncryption(studio);
      const { page } = studio;
      await studio.makeImage('zzqafter xray', 1);
      await page.getByRole('button', { name: 'Prompts …' }).click();
      const history = page.getByRole('region', { name: 'History' });
      await expect(history.getByRole('button', { name: /^zzqafter/ })).toBeVisible();
    });
    expect(filesWith(profile, 'zzqafter')).toEqual([]);
    expect(filesWith(profile, PASSPHRASE)).toEqual([]);

    // What had been stored in the clear leaves the disk with the next start of the browser.
    await visit(server.url, async ({ page }) => {
      await expect(page.getByRole('dialog', { name: /locked/ })).toBeVisible();
      await expect.poll(() => filesWith(profile, 'zzqbefore')).toEqual([]);
    });
    expect(filesWith(profile, 'zzqbefore')).toEqual([]);
    expect(filesWith(profile, PNG_SIGNATURE, 'Default/IndexedDB')).toEqual([]);
  });
});

test('locked at the start: a wrong passphrase loses nothing, the right one shows all', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  const { page } = studio;
  await studio.open(server.url);
  await studio.makeImage('fundus photo', 1);
  await turnOnEncryption(studio);
  await page.reload();

  const locked = page.getByRole('dialog', { name: /locked/ });
  await expect(page.getByRole('textbox', { name: 'Passphrase' })).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await unlock(page, 'wrong horse battery');
  await expect(locked.getByRole('alert')).toContainText('Nothing was lost');
  await expect(studio.galleryPictures()).toHaveCount(0);

  await unlock(page, PASSPHRASE);
  await expect(studio.galleryPictures()).toHaveCount(1);
  await page.getByRole('button', { name: 'Lock the stored images now' }).click();
  await expect(locked).toBeVisible();
  await expect(studio.galleryPictures()).toHaveCount(0);

  await locked.getByRole('button', { name: 'Work without them' }).click();
  await expect(page.getByRole('button', { name: 'Session only' })).toBeVisible();
  await studio.makeImage('skin photo', 1);
  await page.goto(server.url);
  await unlock(page, PASSPHRASE);
  await expect(studio.galleryPictures()).toHaveCount(1);
});

test('ended while it encrypts, the next start has every picture', async ({ serve, studio }) => {
  const server = await serve(TINY);
  const { page } = studio;
  await studio.open(server.url);
  await studio.makeImage('ultrasound', 1);
  await copies(page, 300);
  await page.reload();
  await expect(studio.galleryPictures()).toHaveCount(60); // the newest
  expect(await countStored(page)).toBe(301);
  await slowEncryption(page);

  await page.getByRole('button', { name: /stored$/ }).click();
  await page.getByRole('button', { name: /Turn on encryption/ }).click();
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('The same again').fill(PASSPHRASE);
  await page.getByRole('button', { name: /^Encrypt/ }).click();
  // The pictures, and the prompt that drew one, if it was remembered before the reload.
  await page.getByText(/[1-9]\d* of 30[12]/).waitFor();
  await page.reload();

  await expect(studio.galleryPictures().first()).toBeVisible();
  expect(await countStored(page)).toBe(301);
  await page.getByRole('button', { name: /stored$/ }).click();
  await expect(page.getByText('was interrupted, so nothing is encrypted')).toBeVisible();
  expect((await storages(page)).databases).toEqual([
    'datasets',
    'evaluations',
    'features',
    'finetunes',
    'gallery',
    'prompts',
    'vault',
    'weights',
  ]);
});

test('a session leaves nothing behind, in no storage and in no file', async ({ serve }) => {
  const server = await serve(TINY);
  await withProfile(async (profile, visit) => {
    await visit(server.url, async ({ page, generate }) => {
      await expect(generate).toBeEnabled();
      await expect(page.getByRole('button', { name: /^wasm|^WebGPU/ })).toBeVisible();
      const before = await storages(page);
      await page.goto(`${server.url}?session`);
      const studio = new Studio(page);
      await studio.chooseBackend('wasm');
      await page.getByRole('button', { name: /^Colours/ }).click();
      await studio.makeImage('zzqsession xray', 1);
      expect(await storages(page)).toEqual(before);

      await page.reload();
      await expect(studio.prompt).not.toHaveValue(/zzqsession/);
      await expect(studio.galleryPictures()).toHaveCount(0);
      expect(await storages(page)).toEqual(before);
    });
    expect(filesWith(profile, 'zzqsession')).toEqual([]);
  });
});

test('a session that nobody touches warns, then starts anew', async ({ serve, studio }) => {
  const server = await serve(TINY);
  const { page } = studio;
  await page.clock.install();
  await page.goto(`${server.url}?session=2`);
  await studio.chooseBackend('wasm');
  await studio.makeImage('brain mri', 1);

  await page.clock.runFor(61_000);
  await expect(page.getByText(/This session is cleared soon/)).toBeVisible();
  await page.getByRole('button', { name: 'I am still here' }).click();
  await expect(page.getByText(/This session is cleared soon/)).toBeHidden();
  await expect(studio.galleryPictures()).toHaveCount(1);

  await page.clock.runFor(121_000);
  await expect(studio.galleryPictures()).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Session only' })).toBeVisible();
});

test('erase everything leaves nothing, with other tabs open', async ({ serve, studio }) => {
  const server = await serve(TINY);
  const { page } = studio;
  await studio.open(server.url);
  await studio.makeImage('chest x-ray', 1);
  await turnOnEncryption(studio);
  await page.evaluate(async () => {
    document.cookie = 'left=behind; Path=/';
    await (await navigator.storage.getDirectory()).getFileHandle('left', { create: true });
  });
  const modelsPage = await page.context().newPage();
  await modelsPage.goto(`${server.url}models.html`);
  await expect(modelsPage.getByRole('heading', { level: 1 })).toBeVisible();
  const second = await page.context().newPage();
  await second.goto(server.url);
  await expect(second.getByRole('dialog', { name: /locked/ })).toBeVisible();

  await eraseEverything(page);

  await expect(page.getByRole('heading', { name: 'Everything is erased' })).toBeVisible();
  await expect(second.getByRole('heading', { name: /erased from another tab/ })).toBeVisible();
  await expect(modelsPage).toHaveURL('about:blank');
  const { serviceWorkers, databases, caches, files, ...rest } = await storages(page);
  expect({ serviceWorkers, databases, caches, files }).toEqual({
    ...{ serviceWorkers: 0, databases: [], caches: [], files: [] },
  });
  expect(rest).toEqual({ records: '[]', localStorage: '{}', sessionStorage: '{}', cookies: '' });

  await page.getByRole('button', { name: 'Start anew' }).click();
  await studio.makeImage('chest x-ray', 1);
});

test('a tab that does not let go of a database is named, and closing it ends the matter', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  const { page } = studio;
  await studio.open(server.url);
  await studio.makeImage('chest x-ray', 1);
  const holder = await page.context().newPage();
  // The same origin, but none of our code.
  await holder.goto(`${server.url}model-manifest.json`);
  await holder.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.open('gallery').onsuccess = resolve;
      }),
  );

  await eraseEverything(page);

  await expect(page.getByRole('heading', { name: 'Not everything is erased' })).toBeVisible();
  await expect(page.getByRole('alert')).toContainText('gallery: Another tab or window');
  await holder.close();
  await expect(page.getByRole('heading', { name: 'Everything is erased' })).toBeVisible();
});

/** Pictures that are stored in the clear. */
function countStored(page: Page) {
  return page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      indexedDB.open('gallery').onsuccess = ({ target }) =>
        resolve((target as IDBOpenDBRequest).result);
    });
    const count = await new Promise<number>((resolve) => {
      db.transaction('items').objectStore('items').count().onsuccess = ({ target }) =>
        resolve((target as IDBRequest<number>).result);
    });
    db.close();
    return count;
  });
}

/** So many more of the one stored picture. */
async function copies(page: Page, count: number) {
  await page.evaluate(async (count) => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('gallery');
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = db.transaction('items', 'readwrite');
    const items = transaction.objectStore('items');
    items.getAll().onsuccess = ({ target }) => {
      const [first] = (target as IDBRequest<object[]>).result;
      for (let i = 0; i < count; i++) items.put({ ...first, id: `copy-${i}` });
    };
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    db.close();
  }, count);
}
