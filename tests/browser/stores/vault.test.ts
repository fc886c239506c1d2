import { openDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRecordCipher } from '../../../src/crypto/record-cipher';
import { dumpDatabases } from './vault-dump';
import {
  clean,
  dump,
  fill,
  GALLERY,
  item,
  openPage,
  PASSPHRASE,
  PNG_SIGNATURE,
  PROMPT,
  seeds,
  upTo,
  VAULT,
} from './vault-page';

beforeEach(clean);
afterEach(clean);

test('no prompt, no setting and no PNG is to be found in the databases once encryption is on', async () => {
  const { vault, gallery } = await openPage();
  await fill(gallery, 3);
  expect(await dump()).toContain(PROMPT); // the dump would find it
  expect(await dump()).toContain(PNG_SIGNATURE);

  await vault.turnOn(PASSPHRASE);
  await gallery.add(item(4));

  const raw = await dump();
  expect(raw).not.toContain(PROMPT);
  expect(raw).not.toContain(PNG_SIGNATURE);
  for (const word of ['frontal', 'guidanceScale', 'modelHash', 'abc123', PASSPHRASE, 'image/png']) {
    expect(raw).not.toContain(word);
  }
  expect(await seeds(gallery)).toEqual([1, 2, 3, 4]);
});

test('a later page is locked until the passphrase comes, and then shows every image with its PNG', async () => {
  const before = await openPage();
  const [first] = await fill(before.gallery, 2);
  await before.vault.turnOn(PASSPHRASE);

  const { vault, gallery } = await openPage();
  expect(vault.status).toBe('locked');
  await expect(gallery.list()).rejects.toMatchObject({ name: 'Locked' });
  await expect(gallery.add(item(9))).rejects.toMatchObject({ name: 'Locked' });
  await vault.unlock(PASSPHRASE);

  const [found] = await gallery.list();
  expect(found).toEqual({ ...first, png: found.png });
  expect(await found.png.text()).toBe(await first.png.text());
  expect(found.png.type).toBe('image/png');
});

test('a wrong passphrase is a named error and loses nothing', async () => {
  const before = await openPage();
  await fill(before.gallery, 2);
  await before.vault.turnOn(PASSPHRASE);
  const raw = await dump();

  const { vault, gallery } = await openPage();
  await expect(vault.unlock('wrong horse battery')).rejects.toMatchObject({
    name: 'WrongPassphrase',
  });

  expect(vault.status).toBe('locked');
  expect(await dump()).toBe(raw);
  await vault.unlock(PASSPHRASE);
  expect(await seeds(gallery)).toEqual([1, 2]);
});

test('a changed passphrase leaves every record as it is', async () => {
  const { vault, gallery } = await openPage();
  await fill(gallery, 2);
  await vault.turnOn(PASSPHRASE);
  const sealed = await dumpDatabases([GALLERY]);

  await expect(vault.changePassphrase('not the old one', 'another long one')).rejects.toMatchObject(
    { name: 'WrongPassphrase' },
  );
  await vault.changePassphrase(PASSPHRASE, 'another long one');

  expect(await dumpDatabases([GALLERY])).toBe(sealed);
  const later = await openPage();
  await expect(later.vault.unlock(PASSPHRASE)).rejects.toMatchObject({ name: 'WrongPassphrase' });
  await later.vault.unlock('another long one');
  expect(await seeds(later.gallery)).toEqual([1, 2]);
});

test('turned off, everything is plain again and no key is kept', async () => {
  const { vault, gallery } = await openPage();
  const items = await fill(gallery, 3);
  await vault.turnOn(PASSPHRASE);
  await vault.turnOff();

  expect(vault.status).toBe('off');
  const later = await openPage();
  expect(later.vault.status).toBe('off');
  const found = await later.gallery.list();
  expect(found.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
  expect(await dumpDatabases([VAULT])).toBe('');
});

test('images made while the others are being sealed are sealed too, and deleted ones stay deleted', async () => {
  const { vault, gallery } = await openPage();
  const items = await fill(gallery, 12);
  const writes: Promise<void>[] = [];

  await vault.turnOn(PASSPHRASE, (done) => {
    if (done === 3) writes.push(gallery.add(item(100)), gallery.remove(items[1].id));
    // Six of them have a sealed copy by now, which would be out of date.
    const changed = items.filter((one) => one !== items[1] && done === 6);
    for (const one of changed) writes.push(gallery.add({ ...one, unknownWords: ['Mustermann'] }));
  });
  await Promise.all(writes);

  expect(await seeds(gallery)).toEqual([1, ...upTo(12).slice(2), 100]);
  const words = (await gallery.list()).map(({ unknownWords }) => unknownWords.join());
  expect(words.slice(0, -1)).toEqual(Array<string>(11).fill('Mustermann'));
  const raw = await dump();
  for (const word of [PROMPT, 'Mustermann']) expect(raw).not.toContain(word);
});

test('a record swapped with another is noticed, and the others are still shown', async () => {
  const { vault, gallery } = await openPage();
  const [first, second] = await fill(gallery, 3);
  await vault.turnOn(PASSPHRASE);
  const db = await openDB(GALLERY);
  const foreign = (await db.get('sealed', second.id)) as object;
  await db.put('sealed', { ...foreign, id: first.id });
  db.close();

  const errors: Error[] = [];
  const found = await gallery.list((error) => errors.push(error));

  expect(found.map(({ request }) => request.seed)).toEqual([2, 3]);
  expect(errors.map(({ name }) => name)).toEqual(['RecordCorrupt']);
});

test('a lock in one tab locks the other, and so does turning on', async () => {
  const [here, there] = [await openPage(), await openPage()];
  await fill(here.gallery, 1);
  await here.vault.turnOn(PASSPHRASE);
  await expect.poll(() => there.vault.status).toBe('locked');
  await expect(there.gallery.add(item(5))).rejects.toMatchObject({ name: 'Locked' });

  await there.vault.unlock(PASSPHRASE);
  expect(here.vault.status).toBe('unlocked');
  here.vault.lock();
  await expect.poll(() => there.vault.status).toBe('locked');
});

test('what the page holds is taken at the lock and given back at the unlock', async () => {
  const { vault } = await openPage();
  await vault.turnOn(PASSPHRASE);
  let held: unknown = { prompt: PROMPT };
  vault.carry({ take: () => [held, (held = null)][0], giveBack: (taken) => (held = taken) });

  vault.lock();
  expect(held).toBeNull();
  await vault.unlock(PASSPHRASE);
  expect(held).toEqual({ prompt: PROMPT });
});

test('a gallery from before there was encryption keeps its images', async () => {
  const old = await openDB(GALLERY, 1, {
    upgrade(db) {
      db.createObjectStore('items', { keyPath: 'id' }).createIndex('createdAt', 'createdAt');
    },
  });
  await old.add('items', item(1));
  old.close();

  const { gallery } = await openPage();
  expect(await seeds(gallery)).toEqual([1]);
});

test('a worker that is given the key reads the records, and cannot export it', async () => {
  const { vault } = await openPage();
  await vault.turnOn(PASSPHRASE);
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(vault.key);
  const key = await new Promise<CryptoKey>((resolve) => {
    port2.onmessage = ({ data }) => resolve(data as CryptoKey);
  });
  const sealed = await vault.current()!.cipher.seal('masks', 'a', [1, 2]);

  expect(key.extractable).toBe(false);
  expect(await createRecordCipher(key).open('masks', 'a', sealed)).toEqual([1, 2]);
});
