import type { CopyCheck } from '../dataset/dataset-item';
import type { EvaluationImage } from '../evaluation/report';
import type { DatasetsState, ImageFacts } from './datasets.svelte';
import type { StoredImages } from './evaluation.svelte';
import type { GalleryState } from './gallery.svelte';

/** What of this page's own images can be compared: the gallery and every data set that has some. */
export function evaluationSources(
  datasets: DatasetsState | null,
  gallery: GalleryState,
): StoredImages[] {
  const sets = datasets?.queue.sets ?? [];
  return [
    {
      ...{ id: 'gallery', title: 'The gallery', count: gallery.entries.length },
      list: async () =>
        gallery.entries.map(({ id, png }) => ({
          image: { name: id, label: '' },
          read: async () => png,
        })),
    },
    ...sets.map(({ id, title }) => ({
      ...{ id, title, count: datasets!.queue.numDone[id] ?? 0 },
      list: async () =>
        (await datasets!.images(id)).map(({ facts, read }) => ({ image: toImage(facts), read })),
      note: (check: CopyCheck) => datasets!.queue.noteCopyCheck(id, check),
    })),
  ].filter(({ count }) => count > 0);
}

function toImage({ index, label, source }: ImageFacts): EvaluationImage {
  return { name: source ?? `image-${String(index).padStart(8, '0')}`, label };
}
