import { afterEach, expect, test } from 'vitest';
import { deleteDB } from 'idb';
import { fileName } from '../../../src/gallery/file-name';
import {
  createMemoryGallery,
  openGallery,
  toGalleryItem,
} from '../../../src/gallery/gallery-store';
import { fakeImage, fakeRequest } from '../views/ui-fakes';

const NAME = 'gallery-store-test';

afterEach(() => deleteDB(NAME));

function item(seed: number, createdAt: number) {
  const png = new Blob([new Uint8Array([137, 80, 78, 71, seed])], { type: 'image/png' });
  const image = toGalleryItem(fakeImage(fakeRequest({ seed }), png));
  return { ...image, createdAt: new Date(createdAt) };
}

test('images and their requests survive a closed page, oldest first', async () => {
  const before = await openGallery(NAME);
  const [young, old] = [item(2, 2000), item(1, 1000)];
  await before.add(young);
  await before.add(old);
  before.close();

  const after = await openGallery(NAME);
  const items = await after.list();
  after.close();

  expect(items.map(({ id }) => id)).toEqual([old.id, young.id]);
  expect(items[0].request).toEqual(old.request);
  const bytes = new Uint8Array(await items[0].png.arrayBuffer());
  expect([...bytes]).toEqual([137, 80, 78, 71, 1]);
});

test('a removed image is gone', async () => {
  const gallery = await openGallery(NAME);
  const [kept, removed] = [item(1, 1000), item(2, 2000)];
  await gallery.add(kept);
  await gallery.add(removed);
  await gallery.remove(removed.id);
  expect((await gallery.list()).map(({ id }) => id)).toEqual([kept.id]);
  gallery.close();
});

test('the gallery in memory lists oldest first and removes, too', async () => {
  const gallery = createMemoryGallery();
  const [old, young] = [item(1, 1000), item(2, 2000)];
  await gallery.add(young);
  await gallery.add(old);
  expect(await gallery.list()).toEqual([old, young]);
  await gallery.remove(old.id);
  expect(await gallery.list()).toEqual([young]);
});

test('a file name says what the picture shows, its seed and its index', () => {
  const request = fakeRequest({ prompt: 'Frontal chest X-ray, größer', seed: 7, imageIndex: 2 });
  expect(fileName(request)).toBe('frontal-chest-x-ray-großer-7-2.png');
});

test('a file name stays short and never empty', () => {
  const long = fileName(fakeRequest({ prompt: 'lung '.repeat(2000) }));
  expect(long.length).toBeLessThan(64);
  expect(fileName(fakeRequest({ prompt: '…', seed: 0 }))).toBe('image-0-0.png');
});
