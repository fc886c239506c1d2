import { FORM_KEYS } from '../../../browser/web-storage';
import type { Recipe } from '../../../dataset/recipe';
import type { DatasetsState } from './datasets.svelte';

const KEY = FORM_KEYS.recipe;

/**
 * Keeps a recipe that is being written for no project over a reload of this tab; that of a project is kept with it. It
 * is written as the page is left, into sessionStorage, which browsers write to the disk: only where images may lie there
 * in clear.
 *
 * @param storage - null where the browser denies it; then a reload begins anew.
 */
export function rememberRecipe(datasets: DatasetsState, storage: Storage | null) {
  if (datasets.keepsPlain()) takeBack(datasets, storage);
  addEventListener('pagehide', () => keep(datasets, storage));
}

function keep({ form, aside, keepsPlain }: DatasetsState, storage: Storage | null) {
  const written = [form, aside].find((one) => one?.projectId === null);
  try {
    if (written && keepsPlain()) storage?.setItem(KEY, JSON.stringify(written.recipe));
    else storage?.removeItem(KEY);
  } catch {
    // Denied or full: a reload begins anew.
  }
}

/** Puts it aside, where the view takes it up when a recipe is asked for. */
function takeBack(datasets: DatasetsState, storage: Storage | null) {
  try {
    const recipe = JSON.parse(storage?.getItem(KEY) ?? 'null') as Recipe | null;
    datasets.writeLike({ recipe });
  } catch {
    datasets.form = null; // of a version whose recipes were others
  }
  datasets.putAside();
}
