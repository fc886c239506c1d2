import type { ImageFacts } from '../../../dataset/dataset-store';
import type { RunHooks } from './dataset-run';

/** The rest of the application, as far as the queue touches it. */
export interface QueueHooks extends RunHooks {
  /** The model that the studio has chosen; recipes of other models wait. */
  modelId: string;
  /** A Web Lock that says which tab makes images; null where the store belongs to this page alone. */
  lockName: string | null;
  /** Called with each image that was kept. */
  onKept?(datasetId: string, facts: ImageFacts): void;
  /** Called once the list shows what another tab has done. */
  onFollowed?(): void;
}

/** How far the data set in the making is. */
export interface QueueProgress {
  datasetId: string;
  /** null until an image has been timed. */
  msLeft: number | null;
  /** It waits for a single image, the model, or another tab. */
  waiting: boolean;
}

/** What tabs tell each other: an image was made, or the data sets are others than they were. */
export type TabMessage = { madeOf: string } | 'changed';
