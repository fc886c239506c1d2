import { expect, test } from 'vitest';
import { appError } from '../../../src/errors';
import { createMemoryGallery } from '../../../src/gallery/gallery-store';
import { GalleryState } from '../../../src/views/gallery/gallery.svelte';
import { fakeImage, fakeRequest } from '../views/ui-fakes';

async function withImages(count: number, store = createMemoryGallery()) {
  const gallery = new GalleryState(store);
  for (let seed = 0; seed < count; seed++) {
    await gallery.keep(fakeImage(fakeRequest({ seed }), new Blob([`png ${seed}`])));
  }
  return gallery;
}

const seeds = (gallery: GalleryState) => gallery.entries.map(({ request }) => request.seed);

test('the newest image comes first and is looked at', async () => {
  const gallery = await withImages(3);
  expect(seeds(gallery)).toEqual([2, 1, 0]);
  expect(gallery.selected?.request.seed).toBe(2);
});

test('a deletion looks at the neighbour, and undo brings the image back in its place', async () => {
  const store = createMemoryGallery();
  const gallery = await withImages(3, store);
  const middle = gallery.entries[1];
  gallery.selectedId = middle.id;
  await gallery.remove(middle.id);
  expect(seeds(gallery)).toEqual([2, 0]);
  expect(gallery.selected?.request.seed).toBe(0);
  expect(await store.list()).toHaveLength(2);

  await gallery.undo();
  expect(gallery.selectedId).toBe(middle.id);
  expect(gallery.entries).toHaveLength(3);
  const stored = (await store.list()).find(({ id }) => id === middle.id)!;
  expect(await stored.png.text()).toBe('png 1');
  expect(Object.keys(stored)).not.toContain('url');
});

test('deletions are undone one by one, the last first', async () => {
  const gallery = await withImages(3);
  const [newest, , oldest] = gallery.entries;
  await gallery.remove(newest.id);
  await gallery.remove(oldest.id);
  await gallery.undo();
  expect(seeds(gallery)).toContain(0);
  await gallery.undo();
  expect(gallery.entries).toHaveLength(3);
});

test('the last image can be deleted', async () => {
  const gallery = await withImages(1);
  await gallery.remove(gallery.entries[0].id);
  expect(gallery.selected).toBeNull();
});

test('walking stops at both ends', async () => {
  const gallery = await withImages(2);
  gallery.walk(-1);
  expect(gallery.selected?.request.seed).toBe(1);
  gallery.walk(5);
  expect(gallery.selected?.request.seed).toBe(0);
});

test('an image without room stays in the page and is stored once there is room', async () => {
  const store = createMemoryGallery();
  const add = store.add.bind(store);
  store.add = async () => {
    throw appError('QuotaExceeded', 'No room. Free some space.');
  };
  const gallery = await withImages(2, store);
  expect(gallery.error?.name).toBe('QuotaExceeded');
  expect(gallery.entries).toHaveLength(2);

  store.add = add;
  await gallery.saveUnsaved();
  expect(gallery.error).toBeNull();
  expect(await store.list()).toHaveLength(2);
});

/** A store whose next list waits, with what it has read already, until it is let go. */
function heldBack(store = createMemoryGallery()) {
  const list = store.list.bind(store);
  let letGo = () => undefined as void;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let reading = false;
  store.list = async (onUnreadable) => {
    const items = await list(onUnreadable);
    reading = true;
    await held;
    store.list = list;
    return items;
  };
  return { store, letGo, isReading: () => reading };
}

test('marks, deletions and new pictures outlive a list that was read before them', async () => {
  const { store, letGo, isReading } = heldBack();
  const gallery = await withImages(3, store);
  const [marked, doomed] = gallery.entries;

  const loading = gallery.load();
  await expect.poll(isReading).toBe(true);
  const acts = Promise.all([
    gallery.mark([{ id: marked.id, verdict: 'reject' }]),
    gallery.remove(doomed.id),
    gallery.keep(fakeImage(fakeRequest({ seed: 9 }), new Blob(['png 9']))),
  ]);
  letGo();
  await Promise.all([loading, acts]);

  expect(seeds(gallery)).toEqual([9, 2, 0]);
  expect(gallery.entries[1].verdict).toBe('reject');
  await gallery.load();
  expect(seeds(gallery)).toEqual([9, 2, 0]);
  expect(gallery.entries[1].verdict).toBe('reject');
});

test('a lock during the first reading leaves nothing to be seen', async () => {
  const { store, letGo, isReading } = heldBack();
  const gallery = await withImages(1, store);
  const loading = gallery.load();
  await expect.poll(isReading).toBe(true);
  gallery.close();
  letGo();
  await loading;
  expect(gallery.entries).toEqual([]);
});
