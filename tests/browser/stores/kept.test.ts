import { openDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../../src/common/open-database';
import { toGalleryItem } from '../../../src/gallery/gallery-store';
import { openKept, type Kept } from '../../../src/shell/open-stores';
import { openWeightStore } from '../../../src/models/store/weight-store';
import { fakeImage, fakeRequest } from '../views/ui-fakes';

const NAMES = ['vault', 'gallery', 'datasets', 'features', 'evaluations', 'finetunes', 'prompts'];
let kept: Kept | null = null;

async function deleteAll() {
  kept?.close();
  kept = null;
  for (const name of NAMES) {
    await new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = request.onerror = resolve;
    });
  }
}
beforeEach(deleteAll);
afterEach(deleteAll);

test('one database of a newer version hides nothing but what is in it, and says why', async () => {
  kept = await openKept({ sessionOnly: false });
  await kept.store.add(toGalleryItem(fakeImage(fakeRequest())));
  kept.close();
  indexedDB.deleteDatabase('features');
  (await openDB('features', 7)).close();

  kept = await openKept({ sessionOnly: false });
  expect(await kept.store.list()).toHaveLength(1);
  expect(kept).toMatchObject({ sessionOnly: false, features: undefined });
  expect(kept.datasets).toBeDefined();
  expect(kept.problems).toHaveLength(1);
  expect(kept.problems[0]).toMatchObject({
    name: 'StorageDenied',
    message: expect.stringMatching(/features.*newer version of this app.*Reload/s) as string,
  });
  await expect(kept.vault!.turnOn('correct horse battery')).rejects.toBe(kept.problems[0]);
});

test('a gallery that cannot be opened leaves the data sets, and lasts as long as the page', async () => {
  (await openDB('gallery', 9)).close();
  kept = await openKept({ sessionOnly: false });
  expect(kept.sessionOnly).toBe(true);
  expect(kept.datasets).toBeDefined();
  expect(kept.problems.map(({ message }) => message).join()).toContain('The stored images');
  await kept.store.add(toGalleryItem(fakeImage(fakeRequest())));
  expect(await kept.store.list()).toHaveLength(1);
});

test.each(['gallery', 'weights'])(
  'another tab that holds an older %s and does not answer is named at once',
  async (store) => {
    // Another test may have left the weights of this version under the name that the app gives them.
    const name = store === 'weights' ? `weights-${crypto.randomUUID()}` : store;
    const deaf = await openDB(name, 1, {
      // As version 1 of either was.
      upgrade: (db) =>
        void db.createObjectStore('items', { keyPath: 'id' }).createIndex('createdAt', 'createdAt'),
    });
    const start = performance.now();
    if (store === 'gallery') {
      kept = await openKept({ sessionOnly: false });
      expect(kept.problems.map(({ message }) => message).join()).toMatch(/older version.*Close/s);
    } else {
      await expect(openWeightStore(name)).rejects.toMatchObject({
        name: 'StorageDenied',
        message: expect.stringMatching(/older version.*Close/s) as string,
      });
    }
    expect(performance.now() - start).toBeLessThan(5000);
    deaf.close();
    indexedDB.deleteDatabase(name);
  },
);

test('this tab lets go of a database that another one wants to upgrade', async () => {
  const name = `held-${crypto.randomUUID()}`;
  let closed = 0;
  const upgrade = () => undefined;
  await openDatabase(name, 1, 'It', { upgrade, onClosed: () => closed++ });
  (await openDatabase(name, 2, 'It', { upgrade })).close();
  expect(closed).toBe(1);
  indexedDB.deleteDatabase(name);
});

test('a picture that cannot be stored says so in words of this app', async () => {
  kept = await openKept({ sessionOnly: false });
  const item = toGalleryItem(fakeImage(fakeRequest()));
  const unstorable = { ...item, png: (() => 0) as unknown as Blob };
  await expect(kept.store.add(unstorable)).rejects.toMatchObject({
    name: 'StorageDenied',
    message: expect.stringMatching(/could not read or write.*got DataCloneError.*save/s) as string,
  });
});
