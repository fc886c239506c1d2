import type { CopyCheck } from '../../dataset/dataset-item';
import { numImages, type Recipe } from '../../dataset/recipe';
import { UNKNOWN } from '../../image/provenance';
import type { EvaluationImage } from '../../evaluation/report/report';
import type { DatasetsState, ImageFacts } from '../datasets/state/datasets.svelte';
import type { StoredImages } from './evaluation.svelte';
import type { GalleryState } from '../gallery/gallery.svelte';
import { texts } from './texts/evaluate';

/** What of this page's own images can be compared: the gallery and every data set that has some. */
export function evaluationSources(
  datasets: DatasetsState | null,
  gallery: GalleryState,
): StoredImages[] {
  const sets = datasets?.queue.sets ?? [];
  return [
    {
      id: 'gallery',
      title: texts.gallery,
      imported: false,
      count: gallery.entries.length,
      list: async () =>
        gallery.entries.map(({ id, png, provenance = UNKNOWN, request: { checked } }) => ({
          image: { name: id, label: '', ...(checked ? { checkedBy: checked.networkId } : {}) },
          read: async () => png,
          provenance,
        })),
      note: (check: CopyCheck, names: string[]) => gallery.noteCopies(names, check),
    },
    ...sets.map(({ id, title, recipe }) => ({
      id,
      title,
      imported: recipe === null,
      count: datasets!.queue.numDone[id] ?? 0,
      list: async () =>
        (await datasets!.images(id)).map(({ facts, read, readMask }) => ({
          image: { ...toImage(facts), ...(isMasked(recipe, facts) ? { mask: 'its mask' } : {}) },
          read,
          readMask,
          // Pairs may begin with pictures of the user's.
          ...(recipe && { provenance: facts.provenance ?? { origin: 'text' as const } }),
        })),
      note: (check: CopyCheck) => datasets!.queue.noteCopyCheck(id, check),
    })),
  ].filter(({ count }) => count > 0);
}

/** Masks are drawn for whole rows of a recipe. */
function isMasked(recipe: Recipe | null, { index }: ImageFacts): boolean {
  if (!recipe?.rows.some(({ mask }) => mask)) return false;
  const last = recipe.rows.findIndex((_, row) => index < imagesUpTo(recipe, row));
  return recipe.rows[last]?.mask !== undefined;
}

function imagesUpTo({ rows }: Recipe, row: number): number {
  return rows.slice(0, row + 1).reduce((sum, one) => sum + numImages(one), 0);
}

function toImage({ index, label, source, checked }: ImageFacts): EvaluationImage {
  const name = source ?? `image-${String(index).padStart(8, '0')}`;
  return { name, label, ...(checked ? { checkedBy: checked.networkId } : {}) };
}
