import { expect, test } from 'vitest';
import { PrivateStore, UNPROTECTED } from '../../../src/crypto/private-store';
import { FinetuneStore, type FinetuneRecord } from '../../../src/finetune/finetune-store';
import { openGallery, toGalleryItem } from '../../../src/gallery/gallery-store';
import type { DatasetQueue } from '../../../src/views/datasets/state/dataset-queue.svelte';
import { GalleryState } from '../../../src/views/gallery/gallery.svelte';
import { SettingsState } from '../../../src/browser/settings.svelte';
import { TunedState } from '../../../src/views/finetune/tuned.svelte';
import type { CopyCheck } from '../../../src/dataset/dataset-item';
import { DatasetGrid } from '../../../src/views/datasets/state/dataset-grid.svelte';
import { DatasetImport } from '../../../src/views/datasets/state/dataset-import.svelte';
import { createQueue, fakeMaker, fakeRecipe, freshName, openStore } from '../state/dataset-fakes';
import { disc } from '../finetune/finetune-job';
import { runWith } from '../finetune/finetune-runs';
import { fakeEntry, fakeImage, fakeRequest } from '../views/ui-fakes';

// Two states with connections of their own to one database are what two tabs are; a channel reaches both.
const until = (what: () => unknown) => expect.poll(what, { timeout: 20_000 }).toBeTruthy();
const gate = () => {
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
};

/** A makes a set of nine images and stands before the fourth; B looks on. */
async function makingInA() {
  const name = freshName();
  const [forA, forB] = [await openStore(name), await openStore(name)];
  const atFourth = gate();
  let standing = false;
  const { maker, asked } = fakeMaker(async (index, { signal }) => {
    if (index !== 3) return;
    standing = true;
    await Promise.race([
      atFourth.opened,
      new Promise((_, reject) => signal.addEventListener('abort', reject)),
    ]);
  });
  const other = fakeMaker();
  const a = createQueue(forA.store, maker, { lockName: name });
  const b = createQueue(forB.store, other.maker, { lockName: name });
  const { id } = await a.add(fakeRecipe(9));
  await until(() => standing);
  await b.open();
  const status = (queue: DatasetQueue) => queue.sets.find((set) => set.id === id)?.status;
  return { a, b, id, status, store: forB.store, asked, byB: other.asked, letGo: atFourth.open };
}

test('pause in B stops what A makes, and resume in B goes on, nothing twice and nothing lost', async () => {
  const { a, b, id, status, store, asked, byB } = await makingInA();
  await b.pause(id);
  await until(() => a.progress === null);
  expect(status(a)).toBe('paused');
  expect(await store.indices(id)).toEqual([0, 1, 2]);
  await b.resume(id);
  await until(() => status(a) === 'done' && status(b) === 'done');
  expect(await store.indices(id)).toHaveLength(9);
  // The fourth was begun once and given up; every other image was asked for once, by one tab.
  const finished = [...asked.slice(0, 3), ...asked.slice(4), ...byB].sort((x, y) => x - y);
  expect(finished).toEqual(Array.from({ length: 9 }, (_, i) => i));
});

test('a set that B removes while A makes it is gone in both, with all its images', async () => {
  const { a, b, id, status, store } = await makingInA();
  await b.remove(id);
  await until(() => a.progress === null && status(a) === undefined);
  expect(status(b)).toBeUndefined();
  expect(await store.sets()).toEqual([]);
  expect(await store.indices(id)).toEqual([]);
  expect(a.error).toBeNull();
});

test('an image that A finishes after B has removed the set is not stored, though no message came', async () => {
  const { a, id, status, store, letGo } = await makingInA();
  await store.removeSet(id); // as a tab does that cannot tell
  letGo();
  await until(() => a.progress === null);
  expect(status(a)).toBeUndefined();
  expect(await store.indices(id)).toEqual([]);
  expect(await store.sets()).toEqual([]);
});

test('what A makes is counted in B, and stop in B is kept by A', async () => {
  const { b, id, status, letGo, a } = await makingInA();
  expect(b.numDone[id]).toBe(3);
  letGo();
  await until(() => b.numDone[id] === 9);
  await until(() => status(b) === 'done');
  await b.stop(id);
  await until(() => status(a) === 'stopped');
});

test('three tabs with one gallery show the same images', async () => {
  const name = `gallery-${crypto.randomUUID()}`;
  const tabs = await Promise.all(
    [0, 1, 2].map(async () => {
      const store = await openGallery(name);
      return { store, state: new GalleryState(store, { channel: name }) };
    }),
  );
  const [a, b, c] = tabs.map(({ state }) => state);
  for (const { state } of tabs) await state.load();
  const id = await a.keep(fakeImage(fakeRequest()));
  await until(() => [b, c].every(({ entries }) => entries.some((entry) => entry.id === id)));
  const marks = { rating: 4, verdict: 'keep', discarded: false } as const;
  await b.mark([{ id, ...marks }]);
  await until(() => [a, c].every(({ entries }) => entries[0].rating === 4));
  await c.remove(id);
  await until(() => [a, b].every(({ entries }) => entries.length === 0));
  expect(await tabs[0].store.list()).toEqual([]);
  await c.undo();
  await until(() => [a, b].every(({ entries }) => entries[0]?.id === id));
  tabs.forEach(({ store }) => store.close());
});

test('marks of an image that another tab has deleted do not bring it back', async () => {
  const name = `gallery-${crypto.randomUUID()}`;
  const [one, two] = [await openGallery(name), await openGallery(name)];
  const [a, b] = [one, two].map((store) => new GalleryState(store)); // they do not hear each other
  const item = toGalleryItem(fakeImage(fakeRequest()));
  await one.add(item);
  await Promise.all([a.load(), b.load()]);
  await b.remove(item.id);
  await a.mark([{ id: item.id, rating: 5, verdict: null, discarded: false }]);
  expect(await two.list()).toEqual([]);
  one.close();
  two.close();
});

test('a tuned model that one tab keeps or deletes is so in the other', async () => {
  const name = `finetunes-${crypto.randomUUID()}`;
  const open = async () => {
    const records = await PrivateStore.open<FinetuneRecord>(name, UNPROTECTED);
    const store = new FinetuneStore(records);
    return { store, tuned: new TunedState(store, fakeEntry(), [], name) };
  };
  const [a, b] = [await open(), await open()];
  const model = {
    ...{ id: 't', createdAt: new Date(), sha256: 'ab', imported: true, picture: null },
    facts: { title: 'Knees', rank: 2 },
  };
  await a.store.addTuned(model, []);
  await a.tuned.changed();
  await until(() => b.tuned.models.length === 1);
  await b.store.removeTuned('t');
  await b.tuned.changed();
  await until(() => a.tuned.models.length === 0);
});

test('settings that two tabs change are both kept, and each sees the other', () => {
  localStorage.removeItem('settings');
  const [a, b] = [new SettingsState(localStorage), new SettingsState(localStorage)];
  a.change({ theme: 'light' });
  b.change({ zoom: 2 });
  expect(new SettingsState(localStorage)).toMatchObject({ theme: 'light', zoom: 2 });
  // A browser tells every tab but the one that wrote.
  dispatchEvent(new StorageEvent('storage', { key: 'settings' }));
  expect(a.zoom).toBe(2);
  localStorage.removeItem('settings');
});

test('a rating and a copy check of two tabs that do not hear each other are both kept', async () => {
  const name = `gallery-${crypto.randomUUID()}`;
  const [one, two] = [await openGallery(name), await openGallery(name)];
  const [a, b] = [one, two].map((store) => new GalleryState(store));
  const item = toGalleryItem(fakeImage(fakeRequest()));
  await one.add(item);
  await Promise.all([a.load(), b.load()]);
  await a.mark([{ id: item.id, rating: 5 }]);
  await b.mark([{ id: item.id, verdict: 'reject' }]);
  const check = { limit: 0.1, method: 'by hand', suspects: [item.id] } as CopyCheck;
  await b.noteCopies([item.id], check);
  const [kept] = await two.list();
  expect(kept).toMatchObject({ rating: 5, verdict: 'reject', copy: { suspected: true } });
  expect(await kept.png.text()).toBe(await item.png.text());
  await a.remove(item.id);
  await b.noteCopies([item.id], check); // it looked at the picture before
  expect(await two.list()).toEqual([]);
  one.close();
  two.close();
});

test('marks of images whose set another tab has deleted are not stored, and undo takes back no more than was done', async () => {
  const name = freshName();
  const [forA, forB] = [await openStore(name), await openStore(name)];
  const { maker } = fakeMaker();
  const queue = createQueue(forA.store, maker, { lockName: name });
  const set = await queue.add(fakeRecipe(2));
  await until(() => queue.sets[0]?.status === 'done');
  const [a, b] = [new DatasetGrid(forA.store, set), new DatasetGrid(forB.store, set)];
  await Promise.all([a.load(), b.load()]);
  for (const grid of [a, b]) grid.selectAll();
  await a.rate(4);
  await b.judge('keep');
  await a.undo();
  const facts = await forA.store.facts(set.id);
  expect(facts.map(({ rating, verdict }) => [rating, verdict])).toEqual([
    [0, 'keep'],
    [0, 'keep'],
  ]);
  await forA.store.removeSet(set.id);
  await b.rate(5);
  await b.discard();
  expect(b.error).toBeNull();
  expect(await forA.store.indices(set.id)).toEqual([]);
});

test('a folder whose set another tab deletes while it is read leaves nothing behind', async () => {
  const name = freshName();
  const { store } = await openStore(name);
  const queue = createQueue(store, fakeMaker().maker, { lockName: name });
  const importing = new DatasetImport(store, queue);
  const files = [0, 1, 2].map((i) => ({
    path: `scans/${i}.png`,
    file: new File([disc(i)], `${i}.png`),
  }));
  const reading = importing.start(files);
  await until(() => queue.sets.length === 1);
  const [{ id, status }] = queue.sets;
  expect(status).toBe('stopped'); // in view while it is read, so that nothing of it is ever without a set
  await store.removeSet(id);
  await reading;
  expect(await store.indices(id)).toEqual([]);
  expect(await store.sets()).toEqual([]);
  const again = await importing.start(files);
  expect(again).toMatchObject({ total: 3, status: 'done' });
  expect(await store.indices(again!.id)).toEqual([0, 1, 2]);
});

test('a run that another tab has finished is not trained again', async () => {
  const { store, jobs, progress, files } = await runWith(null, 'wasm');
  await store.removeRun(progress.run.id);
  expect(await progress.go(files)).toBe(false);
  expect(progress.error).toMatchObject({ name: 'TunedMissing' });
  await expect(progress.discard()).rejects.toMatchObject({ name: 'TunedMissing' });
  expect(jobs).toEqual([]);
  expect(await store.tuned()).toEqual([]);
});
