import type { ImageFacts, Picture } from '../dataset/dataset-store';

/** Where a grid's pictures and decisions are kept; a `DatasetStore` is one. */
export interface GridStore {
  facts(setId: string, onUnreadable: (error: Error) => void): Promise<ImageFacts[]>;
  picture(id: string): Promise<Picture | null>;
  putFacts(changed: ImageFacts[]): Promise<void>;
  empty(discarded: ImageFacts[]): Promise<void>;
}
