import type { Dataset } from '../../../dataset/dataset-store';
import type { Recipe } from '../../../dataset/recipe';
import { randomId } from '../../../common/random-id';

/** A data set without images. */
export function newDataset(title: string, total: number, recipe: Recipe | null): Dataset {
  const now = new Date();
  const status = recipe ? 'queued' : 'done';
  const id = randomId();
  return { id, title, createdAt: now, recipe, total, status, queuedAt: +now, failed: [] };
}
