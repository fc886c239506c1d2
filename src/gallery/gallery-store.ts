import type { GeneratedImage, GeneratedVolume, Timing } from '../contract/picture';
import type { Provenance } from '../contract/provenance';
import type { GenerationRequest, RecordedBackend } from '../contract/request';
import {
  PrivateStore,
  UNPROTECTED,
  type CipherSource,
  type SealableStore,
} from '../crypto/private-store';
import { appError, storeError } from '../errors';
import { randomId } from '../common/random-id';
import { withOwnBlobs } from './own-blobs';

/** One finished image with everything needed to make it again. */
export interface GalleryItem extends Partial<GalleryMarks> {
  id: string;
  createdAt: Date;
  png: Blob;
  /** In pixels. */
  width: number;
  height: number;
  request: GenerationRequest;
  backend: RecordedBackend;
  timing: Timing;
  unknownWords: string[];
  /** Absent in items of older versions. */
  ignoredWords?: string[];
  modelHash: string;
  /** Absent in items of 0.3.0 and older: nobody knows what they were made from. */
  provenance?: Provenance;
  /** sha256 of its pixels as RGB bytes, hex; absent as above. */
  pixelHash?: string;
  /** Where its model makes volumes; `png` shows three planes of it. */
  volume?: GeneratedVolume;
  /** What it was made from besides the request: grey PNGs, see `GeneratedImage`. */
  maskPng?: Blob;
  regionPng?: Blob;
  /** What a comparison with real images found; absent: it was never compared. */
  copy?: CopyMark;
  /** The grid that it is a part of; its place there follows from its covariates. */
  sweep?: SweepMark;
}

/** One picture's part of a copy check. */
export interface CopyMark {
  suspected: boolean;
  /** Share of copies that may go out unasked, 0…1. */
  limit: number;
  /** How it was compared, in one sentence. */
  method: string;
}

/** A grid of pictures of one seed along one covariate or two. */
export interface SweepMark {
  /** The same in all its pictures. */
  id: string;
  x: SweepMarkAxis;
  y: SweepMarkAxis | null;
}

/** A covariate by name and its values, in their order. */
export interface SweepMarkAxis {
  name: string;
  values: number[];
  /** Where it runs along models: their keys (src/views/studio/compare/drawers.ts), which the values count from 0. */
  models?: string[];
}

/** What was decided about an image when it was looked through. */
export interface GalleryMarks {
  /** 0: not rated. */
  rating: 0 | 1 | 2 | 3 | 4 | 5;
  verdict: 'keep' | 'reject' | null;
  /** Hidden, and still there. */
  discarded: boolean;
}

/** Where finished images are kept. */
export interface GalleryStore {
  add(item: GalleryItem): Promise<void>;
  /** On the item as it is stored now, whichever tab wrote it last; one that was deleted stays deleted. */
  change(id: string, change: Partial<GalleryItem>): Promise<void>;
  /** Oldest first. An image that cannot be read is reported, and does not keep the others away. */
  list(onUnreadable?: (error: Error) => void): Promise<GalleryItem[]>;
  remove(id: string): Promise<void>;
}

/** A gallery on the disk. */
export interface KeptGallery extends GalleryStore {
  /** What encryption at rest works on. */
  sealable: SealableStore;
  close(): void;
}

/** A gallery that outlives the page, in IndexedDB. Rejects where the browser denies storage. */
export async function openGallery(
  name = 'gallery',
  source: CipherSource = UNPROTECTED,
): Promise<KeptGallery> {
  const store = await PrivateStore.open<GalleryItem>(name, source);
  return {
    add: (item) => store.put(item).catch(named),
    change: (id, change) =>
      store.update(id, async (item) => ({ ...(await withOwnBlobs(item)), ...change })).catch(named),
    list: async (onUnreadable = () => undefined) => {
      const items = await store.list(onUnreadable).catch(named);
      return items.sort(byAge);
    },
    remove: (id) => store.remove(id).catch(named),
    sealable: store,
    close: () => store.close(),
  };
}

/** A gallery that lasts as long as the page, for browsers that deny IndexedDB. */
export function createMemoryGallery(): GalleryStore {
  const items = new Map<string, GalleryItem>();
  return {
    add: async (item) => void items.set(item.id, item),
    change: async (id, change) => {
      const item = items.get(id);
      if (item) items.set(id, { ...item, ...change });
    },
    list: async () => [...items.values()].sort(byAge),
    remove: async (id) => void items.delete(id),
  };
}

/** A gallery item for an image that just came out of the worker. */
export function toGalleryItem(image: GeneratedImage, sweep?: SweepMark | null): GalleryItem {
  return {
    id: randomId(),
    createdAt: new Date(),
    ...image,
    ...(sweep && { sweep }),
  };
}

function byAge(a: GalleryItem, b: GalleryItem): number {
  return +a.createdAt - +b.createdAt;
}

function named(error: unknown): never {
  const { name } = error as Error;
  if (name === 'QuotaExceededError') {
    throw appError(
      'QuotaExceeded',
      'The image could not be kept: the browser has no room left for this site. It stays in this ' +
        'page until you close it. Save it as a PNG, or free some space.',
      error,
    );
  }
  throw storeError(
    error,
    'images',
    'What you see lasts as long as the page. Save what you want to keep, then reload.',
  );
}
