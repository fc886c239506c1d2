import { openDB, type DBSchema } from 'idb';
import type { BackendReport, GeneratedImage, GenerationRequest, Timing } from '../../workers/api';
import { appError } from '../errors';

/** One finished image with everything needed to make it again. */
export interface GalleryItem {
  id: string;
  createdAt: Date;
  png: Blob;
  /** In pixels. */
  width: number;
  height: number;
  request: GenerationRequest;
  backend: BackendReport;
  timing: Timing;
  unknownWords: string[];
  /** Absent in items of older versions. */
  ignoredWords?: string[];
  modelHash: string;
}

/** Where finished images are kept. */
export interface GalleryStore {
  add(item: GalleryItem): Promise<void>;
  /** Oldest first. */
  list(): Promise<GalleryItem[]>;
  remove(id: string): Promise<void>;
}

interface GalleryDB extends DBSchema {
  items: { key: string; value: GalleryItem; indexes: { createdAt: Date } };
}

/** A gallery that outlives the page, in IndexedDB. Rejects where the browser denies storage. */
export async function openGallery(name = 'gallery'): Promise<GalleryStore & { close(): void }> {
  const db = await openDB<GalleryDB>(name, 1, {
    upgrade(db) {
      db.createObjectStore('items', { keyPath: 'id' }).createIndex('createdAt', 'createdAt');
    },
    // Another tab wants to delete or upgrade the database: do not stand in its way.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  return {
    add: (item) => db.add('items', item).then(() => undefined, namedQuota),
    list: () => db.getAllFromIndex('items', 'createdAt'),
    remove: (id) => db.delete('items', id),
    close: () => db.close(),
  };
}

/** A gallery that lasts as long as the page, for browsers that deny IndexedDB. */
export function createMemoryGallery(): GalleryStore {
  const items = new Map<string, GalleryItem>();
  return {
    add: async (item) => void items.set(item.id, item),
    list: async () => [...items.values()].sort((a, b) => +a.createdAt - +b.createdAt),
    remove: async (id) => void items.delete(id),
  };
}

/** A gallery item for an image that just came out of the worker. */
export function toGalleryItem(image: GeneratedImage): GalleryItem {
  return { id: crypto.randomUUID(), createdAt: new Date(), ...image };
}

function namedQuota(error: unknown): never {
  if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error;
  throw appError(
    'QuotaExceeded',
    'The image could not be kept: the browser has no room left for this site. It stays in this ' +
      'page until you close it. Save it as a PNG, or free some space.',
    error,
  );
}
