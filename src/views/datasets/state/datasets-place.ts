import { GALLERY_SET } from '../../../pictures/gallery-records';
import type { DatasetsState } from './datasets.svelte';

/** What the view of data sets shows: its list, a recipe being written, the studio's pictures, or a data set. */
export type DatasetsPlace =
  | { what: 'list' }
  /** `projectId`: of the project that the recipe is for; empty: for none. */
  | { what: 'recipe'; projectId: string }
  | { what: 'gallery'; reviewing: boolean }
  | { what: 'set'; id: string; reviewing: boolean };

export function placeOf({ form, grid }: DatasetsState): DatasetsPlace {
  if (form) return { what: 'recipe', projectId: form.projectId ?? '' };
  if (!grid) return { what: 'list' };
  const { reviewing, set } = grid;
  return set === GALLERY_SET
    ? { what: 'gallery', reviewing }
    : { what: 'set', id: set.id, reviewing };
}

/** The project that the recipe being written or the open data set belongs to; null: none. */
export function projectOf({ form, grid, projects }: DatasetsState) {
  return form ? projects.find(form.projectId) : projects.ofSet(grid?.set.id);
}

/** Shows a place, or the list where it is no longer there. A recipe being written is put aside, not lost. */
export async function goTo(datasets: DatasetsState, place: DatasetsPlace) {
  if (place.what === 'recipe') {
    datasets.takeUp(place.projectId);
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
