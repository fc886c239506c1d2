import type { GeneratedImage } from '../../workers/api';
import { fileName } from '../gallery/file-name';
import { toGalleryItem, type GalleryItem, type GalleryStore } from '../gallery/gallery-store';

/** A gallery item with an address that an <img> can show, and a name to save it under. */
export interface GalleryEntry extends GalleryItem {
  url: string;
  fileName: string;
}

/** The finished images, newest first, and the one that is looked at. */
export class GalleryState {
  entries = $state.raw<GalleryEntry[]>([]);
  selectedId = $state<string | null>(null);
  error = $state.raw<Error | null>(null);
  /** What can be brought back, oldest first; each step is one deletion. */
  deleted = $state.raw<GalleryItem[][]>([]);
  /** The last deletion is recent enough to mention. */
  undoOffered = $state(false);
  readonly sessionOnly: boolean;

  selected = $derived(this.entries.find(({ id }) => id === this.selectedId) ?? null);

  #store: GalleryStore;
  /** Made, shown, but not stored, for want of room. */
  #unsaved: GalleryItem[] = [];

  constructor(store: GalleryStore, { sessionOnly = false } = {}) {
    this.#store = store;
    this.sessionOnly = sessionOnly;
  }

  /** Reads the store and looks at the newest image. */
  async load() {
    try {
      this.entries = (await this.#store.list()).reverse().map(withUrl);
      this.selectedId ??= this.entries[0]?.id ?? null;
    } catch (error) {
      this.error = error as Error;
    }
  }

  /** Shows the image at once, then stores it; one that cannot be stored stays in this page. */
  async keep(image: GeneratedImage, { select = true } = {}) {
    const item = toGalleryItem(image);
    const entry = withUrl(item);
    await loaded(entry.url);
    this.entries = [entry, ...this.entries];
    if (select) this.selectedId = item.id;
    this.#unsaved.push(item);
    await this.saveUnsaved();
  }

  /** Stores what is not stored yet. */
  async saveUnsaved() {
    await this.#attempt(async () => {
      for (const item of [...this.#unsaved]) {
        await this.#store.add(item);
        this.#unsaved = this.#unsaved.filter(({ id }) => id !== item.id);
      }
    });
  }

  /** Takes images away; `undo` brings them back. */
  async remove(...ids: string[]) {
    const doomed = this.entries.filter(({ id }) => ids.includes(id));
    if (!doomed.length) return;
    const at = this.entries.findIndex(({ id }) => id === this.selectedId);
    this.entries = this.entries.filter(({ id }) => !ids.includes(id));
    this.#unsaved = this.#unsaved.filter(({ id }) => !ids.includes(id));
    if (this.selectedId && ids.includes(this.selectedId)) {
      this.selectedId = this.entries[Math.min(at, this.entries.length - 1)]?.id ?? null;
    }
    await this.#attempt(async () => {
      // Copied to memory first: a Blob may not survive the record that it came from.
      const copies = await Promise.all(doomed.map(inMemory));
      this.deleted = [...this.deleted, copies];
      this.undoOffered = true;
      for (const { id } of copies) await this.#store.remove(id);
    });
    for (const { url } of doomed) URL.revokeObjectURL(url);
    if (this.#unsaved.length) await this.saveUnsaved(); // there may be room now
  }

  async undo() {
    const items = this.deleted.at(-1);
    if (!items) return;
    this.deleted = this.deleted.slice(0, -1);
    this.undoOffered = false;
    this.entries = [...items.map(withUrl), ...this.entries].sort(
      (a, b) => +b.createdAt - +a.createdAt,
    );
    this.selectedId = items[0].id;
    this.#unsaved.push(...items);
    await this.saveUnsaved();
  }

  /** Looks at the image `by` places further down (older), or further up. */
  walk(by: number) {
    const at = this.entries.findIndex(({ id }) => id === this.selectedId);
    const next = Math.max(0, Math.min(this.entries.length - 1, at + by));
    this.selectedId = this.entries[next]?.id ?? null;
  }

  async #attempt(change: () => Promise<void>) {
    try {
      await change();
      this.error = null;
    } catch (error) {
      this.error = error as Error;
    }
  }
}

function withUrl(item: GalleryItem): GalleryEntry {
  return { ...item, url: URL.createObjectURL(item.png), fileName: fileName(item.request) };
}

/**
 * Waits until the browser has the picture at hand, so that no black frame precedes it. Not `decode()`, which may
 * wait for a frame that a hidden tab never paints.
 */
function loaded(url: string) {
  const image = new Image();
  image.src = url;
  return new Promise((resolve) => {
    image.onload = resolve;
    image.onerror = resolve; // a broken picture shows as broken
  });
}

async function inMemory(entry: GalleryEntry): Promise<GalleryItem> {
  const item: Partial<GalleryEntry> & GalleryItem = { ...entry };
  // These two belong to the page, not to the store.
  delete item.url;
  delete item.fileName;
  item.png = new Blob([await entry.png.arrayBuffer()], { type: entry.png.type });
  return item;
}
