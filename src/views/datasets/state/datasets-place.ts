import { GALLERY_SET } from '../../../pictures/gallery-records';
import type { DatasetsState } from './datasets.svelte';

/** What the view of data sets shows: its list, a recipe being written, the studio's pictures, or a data set. */
export type DatasetsPlace =
  | { what: 'list' }
  | { what: 'recipe' }
  | { what: 'gallery'; reviewing: boolean }
  | { what: 'set'; id: string; reviewing: boolean };

export function placeOf({ form, grid }: DatasetsState): DatasetsPlace {
  if (form) return { what: 'recipe' };
  if (!grid) return { what: 'list' };
  const { reviewing, set } = grid;
  return set === GALLERY_SET
    ? { what: 'gallery', reviewing }
    : { what: 'set', id: set.id, reviewing };
}

/** Shows a place, or the list where it is no longer there. A recipe being written is put aside, not lost. */
export async function goTo(datasets: DatasetsState, place: DatasetsPlace) {
  if (place.what === 'recipe') {
    datasets.takeUp();
    return;
  }
  datasets.putAside();
  if (place.what === 'list') {
    datasets.leave();
    return;
  }
  const set =
    place.what === 'gallery' ? GALLERY_SET : datasets.queue.sets.find(({ id }) => id === place.id);
  if (!set) {
    datasets.leave();
    return;
  }
  if (datasets.grid?.set.id !== set.id) {
    await (place.what === 'gallery' ? datasets.lookGallery() : datasets.look(set));
  }
  const { grid } = datasets;
  if (place.reviewing && !grid?.reviewing) grid?.startReview();
  else if (!place.reviewing) grid?.endReview();
}
