import { expect, test } from 'vitest';
import type { Provenance } from '../../../src/contract/provenance';
import type { GalleryEntry } from '../../../src/views/gallery/gallery-entry';
import {
  galleryCopyCheck,
  galleryGate,
  passing,
  sourcesInWords,
} from '../../../src/pictures/gallery-gate';
import { asSource, findMade } from '../../../src/pictures/made-here';
import { findSources } from '../../../src/pictures/synthetic-gate';
import { encodePng } from '../../../src/image/png';
import { syntheticTexts } from '../../../src/image/synthetic-texts';

const OUTSIDE: Provenance = {
  origin: 'outside',
  similarity: [{ equalPixels: 0.93, correlation: 0.99, keptPart: true }],
};
const entry = (id: string, more: Partial<GalleryEntry> = {}) => ({ id, ...more }) as GalleryEntry;
const copy = (suspected: boolean) => ({ suspected, limit: 0, method: 'By pixels.' });
const GALLERY = [
  entry('a', { provenance: { origin: 'text' }, pixelHash: 'aa', copy: copy(false) }),
  entry('b', { provenance: OUTSIDE, pixelHash: 'bb', copy: copy(true) }),
  entry('c'), // of 0.3.0
];

test('pictures with a source, and those of older versions, are counted apart, and both can be left out', () => {
  const gate = galleryGate(GALLERY);
  expect(gate).toMatchObject({ sources: { outside: 1, unknown: 1 }, numSources: 2 });
  expect(sourcesInWords(gate.sources)).toBe(
    '1 contains parts of a source image, and of 1 nobody knows whether it does (made by an older version)',
  );
  const ids = (entries: GalleryEntry[]) => entries.map(({ id }) => id);
  expect(ids(passing(GALLERY, { sources: 'leave-out', suspects: null }))).toEqual(['a']);
  expect(ids(passing(GALLERY, { sources: 'include', suspects: null }))).toEqual(['a', 'b', 'c']);
  expect(ids(passing(GALLERY, { sources: 'include', suspects: 'leave-out' }))).toEqual(['a', 'c']);
});

test('the copy check of a gallery counts what was compared and nothing else', () => {
  expect(galleryCopyCheck(GALLERY)).toMatchObject({ copies: 1, checked: 2, suspects: ['b'] });
  expect(galleryCopyCheck([GALLERY[2]])).toBeUndefined();
  expect(galleryGate(GALLERY).copies).toMatchObject({ count: 1, total: 2, above: true });
});

test('a file is a picture of this app only where its pixels stand in it', async () => {
  const datasets = { hasMade: async (hash: string) => hash === 'dd' } as never;
  expect(await findMade('aa', GALLERY, null)).toEqual({ origin: 'synthetic' });
  expect(await findMade('dd', GALLERY, datasets)).toEqual({ origin: 'synthetic' });
  expect(await findMade('dd', GALLERY, null)).toBeNull();
  const [deleted, ...others] = GALLERY;
  expect(await findMade(deleted.pixelHash!, others, null)).toBeNull();
});

test('a picture with parts of a source is no synthetic source, nor is one of which nobody knows', async () => {
  expect(await findMade('bb', GALLERY, null)).toEqual({
    origin: 'outside',
    before: OUTSIDE.similarity,
  });
  expect(asSource(undefined)).toEqual({ origin: 'unknown' });
  expect(asSource({ origin: 'sketch' })).toEqual({ origin: 'synthetic' });
});

test('among images to be judged, the record counts more than a forged mark, and a mark more than nothing', async () => {
  const request = { prompt: 'x', covariates: {} } as never;
  const pixels = { width: 1, height: 1, rgba: Uint8Array.of(1, 2, 3, 255) };
  const file = (provenance: Provenance) =>
    Promise.resolve(encodePng(pixels, syntheticTexts(request, '', [], provenance)));
  const image = { name: 'x', label: '' };
  const found = await findSources([
    { image, read: () => file({ origin: 'text' }), provenance: OUTSIDE },
    { image, read: () => file(OUTSIDE) },
    { image, read: () => file({ origin: 'text' }) },
    { image, read: () => Promise.resolve(encodePng(pixels, {})) },
  ]);
  expect(found.sources).toEqual({ outside: 2, unknown: 0 });
  expect(found.others).toHaveLength(2);
});
