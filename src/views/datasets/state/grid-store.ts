import type { FactsChange, ImageFacts, Picture } from '../../../dataset/dataset-store';

/** Where a grid's pictures and decisions are kept; a `DatasetStore` is one. */
export interface GridStore {
  facts(setId: string, onUnreadable: (error: Error) => void): Promise<ImageFacts[]>;
  picture(id: string): Promise<Picture | null>;
  /** Resolves to what came of them; images that another tab has deleted are not among it. */
  changeFacts(changes: FactsChange[]): Promise<ImageFacts[]>;
  empty(discarded: ImageFacts[]): Promise<void>;
}
