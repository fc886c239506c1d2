import { expect, test } from 'vitest';
import { evaluationSources } from '../../../src/views/evaluate/evaluation-sources';
import type { DatasetsState } from '../../../src/views/datasets/state/datasets.svelte';
import type { GalleryState } from '../../../src/views/gallery/gallery.svelte';

const ROW = { prompt: 'x', words: {}, covariates: {} };
const recipe = {
  rows: [
    { ...ROW, count: 2, pair: { sentence: 'older', sources: [{ title: 'a' }, { title: 'b' }] } },
    { ...ROW, count: 2, mask: { stain: 'fluorescence' } },
    { ...ROW, count: 1 },
  ],
};
const outside = { origin: 'outside' as const };

/** Two pairs of the user's pictures, two images to masks, one more. */
async function listed() {
  const images = Array.from({ length: 7 }, (_, index) => ({
    facts: { index, label: '', ...(index < 4 && { provenance: outside }) },
    read: () => Promise.resolve(new Blob()),
  }));
  const datasets = {
    queue: { sets: [{ id: 'set', title: 'A set', recipe }], numDone: { set: 7 } },
    images: () => Promise.resolve(images),
  } as unknown as DatasetsState;
  const gallery = { entries: [] } as unknown as GalleryState;
  const [source] = evaluationSources(datasets, gallery);
  return source.list();
}

test('masks are those of the rows that have them, also behind a row of pairs', async () => {
  const masked = (await listed()).map(({ image }) => image.mask !== undefined);
  expect(masked).toEqual([false, false, false, false, true, true, false]);
});

test('pictures of the user that pairs begin with, and what is made of them, are not taken for synthetic ones', async () => {
  const origins = (await listed()).map(({ provenance }) => provenance?.origin);
  expect(origins).toEqual([...Array<string>(4).fill('outside'), 'text', 'text', 'text']);
});
