import { expect, test, vi } from 'vitest';
import { appError } from '../../../src/errors';
import { createRecordCipher } from '../../../src/crypto/record-cipher';
import type { DatasetStore } from '../../../src/dataset/dataset-store';
import type { DatasetQueue } from '../../../src/views/datasets/state/dataset-queue.svelte';
import { createQueue, fakeMaker, fakeRecipe, freshName, openStore } from './dataset-fakes';

const until = (what: () => unknown) => expect.poll(what, { timeout: 20_000 }).toBeTruthy();
const done = (queue: DatasetQueue) =>
  until(() => queue.sets.every(({ status }) => status === 'done'));

async function keptIndices(store: DatasetStore, queue: DatasetQueue) {
  return store.indices(queue.sets[0].id);
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

test('a recipe becomes images with their labels, one after the other', async () => {
  const { store } = await openStore(freshName());
  const { maker, asked } = fakeMaker();
  const queue = createQueue(store, maker);
  await queue.add(fakeRecipe(5));
  await done(queue);
  expect(asked).toEqual(upTo(5));
  const facts = await store.facts(queue.sets[0].id);
  expect(facts.map(({ label }) => label)).toEqual([
    'normal',
    'effusion',
    'normal',
    'effusion',
    'normal',
  ]);
  const picture = await store.picture(facts[3].id);
  expect(await picture!.png.text()).toBe('3 chest x-ray, effusion');
  expect(picture!.made?.request.imageIndex).toBe(3);
});

test('a reload in the middle loses no image and makes none twice', async () => {
  const name = freshName();
  const first = await openStore(name);
  let pageGone = false;
  const never = new Promise<void>(() => undefined);
  const before = fakeMaker((index) => {
    if (index < 7) return;
    pageGone = true;
    return never; // the page is closed while image 7 is being made
  });
  const queue = createQueue(first.store, before.maker);
  await queue.add(fakeRecipe(20));
  await until(() => pageGone);
  first.records.close();

  const second = await openStore(name);
  const after = fakeMaker();
  const reloaded = createQueue(second.store, after.maker);
  await reloaded.open();
  await done(reloaded);
  expect(after.asked).toEqual(upTo(20).slice(7));
  expect(await keptIndices(second.store, reloaded)).toEqual(upTo(20));
  expect(reloaded.numDone[reloaded.sets[0].id]).toBe(20);
});

test('pause ends the image in progress, and resume makes it', async () => {
  const { store } = await openStore(freshName());
  let hang = true;
  const { maker, asked } = fakeMaker(async (index, { signal }) => {
    if (index !== 3 || !hang) return;
    await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
  });
  const queue = createQueue(store, maker);
  const { id } = await queue.add(fakeRecipe(6));
  await until(() => asked.includes(3));
  await queue.pause(id);
  expect(queue.sets[0].status).toBe('paused');
  expect(queue.running).toBe(false);
  expect(queue.error).toBeNull();
  expect(await keptIndices(store, queue)).toEqual([0, 1, 2]);

  hang = false;
  await queue.resume(id);
  await done(queue);
  expect(asked).toEqual([0, 1, 2, 3, 3, 4, 5]);
});

test('a paused data set stays paused after a reload', async () => {
  const name = freshName();
  const first = await openStore(name);
  const queue = createQueue(first.store, fakeMaker(() => new Promise(() => undefined)).maker);
  const { id } = await queue.add(fakeRecipe(3));
  void queue.pause(id);
  await until(() => queue.sets[0].status === 'paused');
  first.records.close();
  const { maker, asked } = fakeMaker();
  const reloaded = createQueue((await openStore(name)).store, maker);
  await reloaded.open();
  expect(reloaded.sets[0].status).toBe('paused');
  expect(asked).toEqual([]);
});

test('an image that fails is tried once more at the end', async () => {
  const { store } = await openStore(freshName());
  let failures = 0;
  const { maker, asked } = fakeMaker((index) => {
    if (index === 1 && failures++ === 0) throw appError('DeviceLost', 'Lost. Try again.');
  });
  const queue = createQueue(store, maker);
  await queue.add(fakeRecipe(4));
  await done(queue);
  expect(asked).toEqual([0, 1, 2, 3, 1]);
  expect(queue.sets[0].failed).toEqual([]);
  expect(await keptIndices(store, queue)).toEqual([0, 1, 2, 3]);
});

test('an image that fails twice is counted with its reason, and resume tries it again', async () => {
  const { store } = await openStore(freshName());
  let broken = true;
  const { maker } = fakeMaker((index) => {
    if (broken && index === 2) throw new Error('No luck.');
  });
  const queue = createQueue(store, maker);
  const { id } = await queue.add(fakeRecipe(4));
  await done(queue);
  expect(queue.sets[0].failed).toEqual([{ index: 2, message: 'No luck.' }]);
  expect(queue.numDone[id]).toBe(3);

  broken = false;
  await queue.resume(id);
  await until(() => queue.numDone[id] === 4);
  expect(queue.sets[0].failed).toEqual([]);
});

test('three failures in a row pause the data set and say why', async () => {
  const { store } = await openStore(freshName());
  const { maker, asked } = fakeMaker((index) => {
    if (index > 1) throw new Error('The device is gone.');
  });
  const queue = createQueue(store, maker);
  await queue.add(fakeRecipe(100));
  await until(() => queue.sets[0].status === 'paused');
  expect(asked).toHaveLength(5);
  expect(queue.error?.message).toBe('The device is gone.');
});

test('a full disk stops the queue, says so, and loses nothing', async () => {
  const { store } = await openStore(freshName());
  const { maker } = fakeMaker();
  const queue = createQueue(store, maker);
  const addImage = store.addImage.bind(store);
  vi.spyOn(store, 'addImage').mockImplementation((facts, picture) =>
    facts.index < 3
      ? addImage(facts, picture)
      : Promise.reject(appError('QuotaExceeded', 'No room.')),
  );
  const { id } = await queue.add(fakeRecipe(6));
  await until(() => queue.sets[0].status === 'paused');
  expect(queue.error?.name).toBe('QuotaExceeded');

  vi.restoreAllMocks(); // room was made
  await queue.resume(id);
  await done(queue);
  expect(await keptIndices(store, queue)).toEqual(upTo(6));
});

test('an image that the user waits for goes first', async () => {
  const { store } = await openStore(freshName());
  const { maker, asked } = fakeMaker();
  let release = () => undefined as void;
  let turns = 0;
  const waits = new Promise<void>((resolve) => (release = resolve));
  const queue = createQueue(store, maker, {
    turn: async () => (++turns === 3 ? waits : undefined),
  });
  await queue.add(fakeRecipe(4));
  await until(() => turns === 3);
  expect(asked).toEqual([0, 1]);
  expect(queue.running).toBe(false);
  release();
  await done(queue);
  expect(asked).toEqual(upTo(4));
});

test('data sets are made in the order in which they came', async () => {
  const { store } = await openStore(freshName());
  const { maker, asked } = fakeMaker();
  const queue = createQueue(store, maker);
  await Promise.all([queue.add(fakeRecipe(2)), queue.add(fakeRecipe(3))]);
  await done(queue);
  expect(asked).toEqual([0, 1, 0, 1, 2]);
});

test('a recipe of another model waits for that model', async () => {
  const { store } = await openStore(freshName());
  const { maker, asked } = fakeMaker();
  const queue = createQueue(store, maker);
  await queue.add(fakeRecipe(2, { modelId: 'another' }));
  await queue.add(fakeRecipe(2));
  await until(() => queue.sets[1].status === 'done');
  expect(asked).toEqual([0, 1]);
  expect(queue.sets[0].status).toBe('queued');
});

test('two tabs never make the same image', async () => {
  const name = freshName();
  const lockName = `lock ${name}`;
  const one = await openStore(name);
  const { maker, asked } = fakeMaker(() => new Promise((resolve) => setTimeout(resolve, 5)));
  const queue = createQueue(one.store, maker, { lockName });
  await queue.add(fakeRecipe(12));
  await until(() => asked.length > 3);

  const other = fakeMaker();
  const second = createQueue((await openStore(name)).store, other.maker, { lockName });
  await second.open();
  await done(queue);
  await until(() => second.progress === null);
  expect(other.asked).toEqual([]);
  expect(await keptIndices(one.store, queue)).toEqual(upTo(12));
});

test('a deleted data set leaves no record behind', async () => {
  const { records, store } = await openStore(freshName());
  const queue = createQueue(store, fakeMaker().maker);
  const { id } = await queue.add(fakeRecipe(3));
  await done(queue);
  await queue.remove(id);
  expect(queue.sets).toEqual([]);
  expect(await records.count()).toBe(0);
});

test('with encryption on, a data set is listed, resumed and shown only with the key', async () => {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const named = { cipher: createRecordCipher(key), keyId: 'key' };
  const source = { current: () => named as typeof named | null, plainAllowed: false };
  const name = freshName();
  const { records, store } = await openStore(name, source);
  await records.sealAll(named, () => undefined);
  const queue = createQueue(store, fakeMaker().maker);
  const { id } = await queue.add(fakeRecipe(4));
  await done(queue);
  expect((await store.facts(id)).map(({ index }) => index)).toEqual(upTo(4));
  expect(await (await store.picture(`${id}/00000001`))!.png.text()).toContain('effusion');

  source.current = () => null;
  await expect(store.facts(id)).rejects.toThrow(expect.objectContaining({ name: 'Locked' }));
  const raw = await rawRecords(name);
  expect(raw).not.toContain('effusion');
  expect(raw.length).toBeGreaterThan(100);
});

/** All that the database holds, as text. */
async function rawRecords(name: string): Promise<string> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
  const all = await Promise.all(
    ['items', 'sealed'].map(
      (side) =>
        new Promise<unknown[]>((resolve) => {
          const request = db.transaction(side).objectStore(side).getAll();
          request.onsuccess = () => resolve(request.result as unknown[]);
        }),
    ),
  );
  db.close();
  return JSON.stringify(all.flat(), (_key, value: unknown) =>
    value instanceof Uint8Array || value instanceof ArrayBuffer
      ? new TextDecoder('latin1').decode(value)
      : value,
  );
}

test('an image that no try confirmed is left out, once, and the others are made', async () => {
  const { store } = await openStore(freshName());
  const { maker, asked } = fakeMaker((index) => {
    if (index === 1) throw appError('NotConfirmed', 'Not in four tries.');
  });
  const queue = createQueue(store, maker);
  await queue.add(fakeRecipe(3));
  await done(queue);
  expect(asked).toEqual([0, 1, 2]);
  expect(queue.sets[0].failed).toEqual([
    { index: 1, message: 'Not in four tries.', notConfirmed: true },
  ]);
});
