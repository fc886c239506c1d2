/** Turning encryption on or off, broken off midway: by the end of the page, or by a store that refuses. */
import { openDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Order } from '../workers/turning-on.worker';
import TurningOn from '../workers/turning-on.worker?worker';
import { dumpDatabases } from './vault-dump';
import {
  clean,
  dump,
  fill,
  GALLERY,
  openPage,
  PASSPHRASE,
  PROMPT,
  seeds,
  upTo,
  VAULT,
} from './vault-page';

beforeEach(clean);
afterEach(clean);

test.each([0, 1, 11])('ended after %i of 24 records, turning on has changed nothing', async (n) => {
  const before = await openPage();
  await fill(before.gallery, 24);

  await endedAfter(n, { vault: VAULT, gallery: GALLERY });

  const { vault, gallery, undone } = await openPage();
  expect({ status: vault.status, undone }).toEqual({ status: 'off', undone: true });
  expect(await seeds(gallery)).toEqual(upTo(24));
  expect(await dumpDatabases([VAULT])).toBe('');
  const names = (await indexedDB.databases()).map(({ name }) => name);
  expect(names.filter((name) => name!.startsWith(VAULT)).sort()).toEqual([VAULT, GALLERY]);
  await vault.turnOn(PASSPHRASE);
  expect(await dump()).not.toContain(PROMPT);
  expect(await seeds(gallery)).toEqual(upTo(24));
});

test('ended in the middle, turning off leaves no plain record behind', async () => {
  const before = await openPage();
  await fill(before.gallery, 24);
  await before.vault.turnOn(PASSPHRASE);

  await endedAfter(11, { vault: VAULT, gallery: GALLERY, off: true });

  const { vault, gallery } = await openPage();
  expect(vault.status).toBe('locked');
  expect(await dump()).not.toContain(PROMPT);
  await vault.unlock(PASSPHRASE);
  expect(await seeds(gallery)).toEqual(upTo(24));
});

test('ended between the last record and the word that it is on, the passphrase finishes it', async () => {
  const before = await openPage();
  await fill(before.gallery, 3);
  await before.vault.turnOn(PASSPHRASE);
  const db = await openDB(VAULT);
  const header = (await db.get('header', 'header')) as object;
  await db.put('header', { ...header, phase: 'turning-on' });
  db.close();

  const { vault, gallery, undone } = await openPage();
  expect({ status: vault.status, undone }).toEqual({ status: 'locked', undone: false });
  await vault.unlock(PASSPHRASE);
  expect(await seeds(gallery)).toEqual([1, 2, 3]);
});

test('a store that cannot take the sealed records leaves encryption off and every image plain', async () => {
  const { vault, gallery } = await openPage();
  await fill(gallery, 3);
  const sealAll = gallery.sealable.sealAll.bind(gallery.sealable);
  gallery.sealable.sealAll = async (named, onRecord) => {
    let left = 2;
    const seal: typeof named.cipher.seal = (...record) => {
      if (left-- === 0) throw new DOMException('No room.', 'QuotaExceededError');
      return named.cipher.seal(...record);
    };
    const cipher = { ...named.cipher, seal };
    return sealAll({ ...named, cipher }, onRecord);
  };

  await expect(vault.turnOn(PASSPHRASE)).rejects.toMatchObject({ name: 'QuotaExceededError' });

  expect(vault.status).toBe('off');
  expect(await seeds(gallery)).toEqual([1, 2, 3]);
  const later = await openPage();
  expect(later.vault.status).toBe('off');
});

/** Starts the change in a worker and ends that worker, without a warning, after so many records. */
async function endedAfter(after: number, order: Omit<Order, 'after'>) {
  const worker = new TurningOn();
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<'there' | 'finished'>) => {
      if (data === 'there') resolve();
      else reject(new Error(`It has fewer than ${after} records.`));
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ ...order, after } satisfies Order);
  });
  worker.terminate();
}
