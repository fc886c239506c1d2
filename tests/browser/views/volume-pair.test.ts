import { expect, test } from 'vitest';
import { moveOf, VolumeLooks } from '../../../src/controls/viewer/volume-looks.svelte';
import { renderVolume } from '../../../src/controls/viewer/volume-renderer';
import { encodeVolume } from '../../../src/image/volume/volume-files';
import type { GalleryEntry } from '../../../src/views/gallery/gallery-entry';
import { VolumePair } from '../../../src/views/studio/compare/volume-pair.svelte';
import { toyVolume } from '../../unit/image/toy-volume';

const volume = await encodeVolume(toyVolume(), { origin: 'text' });
const entryOf = (id: string, change: Partial<GalleryEntry> = {}) =>
  ({ id, volume, ...change }) as GalleryEntry;

test('the volume in view stands beside another one of the gallery, and not beside what is none', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => entryOf(id));
  const gallery = {
    selected: a as GalleryEntry | null,
    entries: [
      entryOf('picture', { volume: undefined }),
      a,
      b,
      c,
      entryOf('d', { discarded: true }),
    ],
  };
  const pair = new VolumePair(gallery);
  expect([pair.first, pair.second, pair.offered]).toEqual([a, b, [b, c]]);
  pair.choose('c');
  expect(pair.second).toBe(c);
  gallery.selected = c;
  expect([pair.first, pair.second]).toEqual([c, a]);
  gallery.selected = gallery.entries[0];
  expect(pair.first).toBeNull();
});

test('both have one window, white above black', () => {
  const pair = new VolumePair({ selected: null, entries: [] });
  expect(pair.window).toEqual({ centre: 127.5, width: 255 });
  [pair.black, pair.white] = [100, 60];
  expect(pair.window).toEqual({ centre: 100.5, width: 1 });
});

test('keys go through the body: the patient’s right is on the left', () => {
  const press = (key: string, change = {}) =>
    moveOf(new KeyboardEvent('keydown', { key, ...change }));
  expect(press('ArrowLeft')).toEqual([1, 0, 0]);
  expect(press('PageUp')).toEqual([0, 0, 1]);
  expect(press('ArrowLeft', { ctrlKey: true })).toBeNull();
  expect(press('a')).toBeNull();
});

test('the view with the focus leads the other one to its place, whichever it is', async () => {
  const looks = new VolumeLooks();
  const open = async () => {
    const canvas = document.body.appendChild(document.createElement('canvas'));
    canvas.style.cssText = 'width: 200px; height: 200px';
    const view = await renderVolume(canvas, volume.image, volume.labels);
    looks.join(view);
    const place = () => view.place.map((mm) => Math.round(mm * 100) / 100);
    return { canvas, view, place };
  };
  const [a, b] = [await open(), await open()];
  expect(a.place()).toEqual(b.place());
  const before = a.place();
  a.canvas.focus();
  a.view.move(1, 2, -1);
  expect(b.place()).toEqual(a.place());
  expect(a.place().map((mm, axis) => Math.round(mm - before[axis]))).toEqual([1, 2, -1]);
  b.canvas.focus();
  b.view.move(-2, 0, 0);
  expect(a.place()).toEqual(b.place());
  looks.leave(b.view);
  a.canvas.focus();
  a.view.move(1, 0, 0);
  expect(b.place()).not.toEqual(a.place());
  for (const { canvas, view } of [a, b]) {
    view.close();
    canvas.remove();
  }
});
