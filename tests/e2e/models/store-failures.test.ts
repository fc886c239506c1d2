import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { chromiumLaunchOptions } from '../../../cli/chromium.js';
import { expect, Studio, test, TINY, weightRequests } from '../app';
import { serveApp } from '../serve-app';
import { hashStored } from './store-audit';
import { syntheticPackage } from './synthetic-package';

const BADGE = 'Weights last for this session only';

/** Chromium's own way to make a disk look full. */
async function setQuota(page: Page, quotaSize: number) {
  const session = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
}

function countStored(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('weights');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error!);
    });
    const count = (name: string) =>
      new Promise<number>((resolve) => {
        const request = db.transaction(name).objectStore(name).count();
        request.onsuccess = () => resolve(request.result);
      });
    const counts = [await count('shards'), await count('pieces'), await count('models')];
    db.close();
    return counts;
  });
}

test('a full disk in mid-download is QuotaExceeded and leaves nothing half-written', async ({
  page,
}) => {
  const { manifest, entry, files } = syntheticPackage(4, 4 * 2 ** 20);
  files.set('model-manifest.json', Buffer.from(JSON.stringify(manifest)));
  const { server, close } = await serveApp(files, {
    // A browser that does not say beforehand how much room there is.
    beforeDownload: 'StorageManager.prototype.estimate = () => Promise.resolve({});',
  });
  try {
    await page.goto(`${server.url}icon.svg`);
    await setQuota(page, 8e6);
    await page.goto(`${server.url}cli.html`);
    const outcome = page.evaluate(
      (id) =>
        window.phantoscope.install(id).then(
          () => null,
          ({ name, message }: Error) => ({ name, message }),
        ),
      entry.id,
    );
    expect(await outcome).toMatchObject({
      name: 'QuotaExceeded',
      message: expect.stringContaining('Free some disk space'),
    });
    expect(server.log.some(({ sent }) => sent > 2 ** 20)).toBe(true);
    expect(await countStored(page)).toEqual([0, 0, 0]);
  } finally {
    await close();
  }
});

test('where the browser has no room the studio says so and still makes images', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  await studio.page.goto(`${server.url}icon.svg`); // the origin, and no weights yet
  await setQuota(studio.page, 1000);
  await studio.open(server.url);
  const badge = studio.page.getByRole('button', { name: BADGE });
  await expect(badge).toHaveAttribute('title', /needs .* of storage|no room left/);
  await studio.makeImage('chest x-ray', 1);
});

test('where the browser denies storage the studio says so and still makes images', async ({
  serve,
}) => {
  const server = await serve(TINY);
  const profile = await mkdtemp(join(tmpdir(), 'phantoscope-denied-'));
  // What "block all cookies" in the browser's settings writes: IndexedDB goes with them.
  mkdirSync(join(profile, 'Default'));
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, chromiumLaunchOptions());
  try {
    const studio = new Studio(await context.newPage());
    await studio.page.goto(server.url);
    const denied = studio.page.evaluate(
      () =>
        new Promise((resolve) => {
          try {
            indexedDB.open('x').onerror = () => resolve('denied');
          } catch {
            resolve('denied');
          }
        }),
    );
    expect(await denied).toBe('denied');
    await expect(studio.page.getByRole('button', { name: BADGE })).toBeVisible();
    await studio.makeImage('chest x-ray', 1);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  }
});

test('weights that are cleared under the running app do not stop it', async ({ serve, studio }) => {
  const server = await serve(TINY);
  await studio.open(server.url);
  await studio.makeImage('chest x-ray', 1);
  const session = await studio.page.context().newCDPSession(studio.page);
  const origin = new URL(server.url).origin;
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });

  // The other backend needs the weights again.
  const before = weightRequests(server).length;
  await studio.page.getByRole('button', { name: 'Models' }).click();
  const row = studio.page.getByRole('region', { name: /tiny/i });
  await row.getByRole('button', { name: /^Download/ }).click();
  await expect(row.getByRole('button', { name: 'Verify now' })).toBeVisible();
  expect(weightRequests(server).length).toBeGreaterThan(before);
  await studio.page.keyboard.press('Escape');
  await studio.prompt.fill('brain MRI');
  await studio.generate.click();
  await expect(studio.page.getByText(/brain MRI/i).first()).toBeVisible();
});

test('"verify now" finds a flipped bit, and only that shard is fetched again', async ({
  serve,
  studio,
}) => {
  const server = await serve(TINY);
  await studio.open(server.url);
  await studio.makeImage('chest x-ray', 1);
  const path = await studio.page.evaluate(flipBit);
  const before = weightRequests(server).length;

  await studio.page.getByRole('button', { name: 'Models' }).click();
  const row = studio.page.getByRole('region', { name: /tiny/i });
  await row.getByRole('button', { name: 'Verify now' }).click();
  await expect(row.getByText(/^Damaged and fetched again: unet-0\.bin/)).toBeVisible();
  expect(weightRequests(server).slice(before)).toHaveLength(1);
  const [hash] = await hashStored(studio.page, [{ path: '', bytes: 0, sha256: path }]);
  expect(hash).toBe(path);

  await row.getByRole('button', { name: 'Verify now' }).click();
  await expect(row.getByText(/is whole/)).toBeVisible();
});

/** Runs inside the page: changes one bit of the largest stored shard; resolves to its key, its right sha256. */
async function flipBit(): Promise<string> {
  const asPromise = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
  const db = await asPromise(indexedDB.open('weights'));
  const all = await asPromise(db.transaction('shards').objectStore('shards').getAll());
  const [largest] = (all as { key: string; blob: Blob }[]).sort(
    (a, b) => b.blob.size - a.blob.size,
  );
  const bytes = new Uint8Array(await largest.blob.arrayBuffer());
  bytes[bytes.length >> 1] ^= 8;
  const changed = { ...largest, blob: new Blob([bytes]) };
  await asPromise(db.transaction('shards', 'readwrite').objectStore('shards').put(changed));
  db.close();
  return largest.key;
}
