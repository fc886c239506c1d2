import type { GeneratedImage } from '../../contract/picture';
import type { CopyCheck } from '../../dataset/dataset-item';
import {
  toGalleryItem,
  type GalleryItem,
  type GalleryMarks,
  type GalleryStore,
  type SweepMark,
} from '../../gallery/gallery-store';
import {
  inMemory,
  loaded,
  newestFirst,
  revokeGone,
  withUrl,
  type GalleryEntry,
} from './gallery-entry';
import { TabChannel } from '../../browser/tab-channel';
import { InTurn } from '../../common/in-turn';

interface GalleryOptions {
  sessionOnly?: boolean;
  channel?: string | null;
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
  /** The store forgets everything when the page closes. */
  sessionOnly = $state(false);

  /** All but those that were discarded. */
  visible = $derived(this.entries.filter(({ discarded }) => !discarded));
  selected = $derived(this.entries.find(({ id }) => id === this.selectedId) ?? null);

  /** Called once it shows what another tab has done. */
  onFollowed: (() => void) | null = null;

  /** Resolves once the stored images have been read for the first time, or could not be. */
  readonly whenLoaded: Promise<void>;

  #store: GalleryStore;
  #onLoaded = () => undefined as void;
  /** Made, shown, but not stored, for want of room. */
  #unsaved: GalleryItem[] = [];
  /** Nothing is shown until `load`. */
  #closed = false;
  #loaded = false;

  #tabs: TabChannel<'changed'>;
  /** Reads and writes of the store. */
  #turns = new InTurn();

  /** `channel`: by which tabs that have this store hear of each other; null where it is this page's alone. */
  constructor(store: GalleryStore, { sessionOnly = false, channel = null }: GalleryOptions = {}) {
    this.#store = store;
    this.sessionOnly = sessionOnly;
    this.whenLoaded = new Promise((resolve) => (this.#onLoaded = resolve));
    this.#tabs = new TabChannel(channel, () => void this.#follow());
  }

  /** Shows what another tab has kept, and no more what it has deleted. */
  async #follow() {
    if (this.#closed || !this.#loaded) return;
    await this.load();
    this.onFollowed?.();
  }

  /** Reads the store and looks at the newest image. */
  async load() {
    this.#closed = false;
    this.#loaded = true;
    await this.#attempt(async () => {
      let unreadable: Error | null = null;
      const stored = await this.#store.list((error) => (unreadable = error));
      if (this.#closed) return; // locked meanwhile
      const known = stored.map(({ id }) => id);
      const items = [...stored, ...this.#unsaved.filter(({ id }) => !known.includes(id))];
      this.#show(items.sort(newestFirst).map(withUrl));
      if (!this.selected) this.selectedId = this.entries[0]?.id ?? null;
      if (unreadable) throw unreadable as Error;
    });
    this.#onLoaded();
    if (this.#unsaved.length && !this.error) await this.saveUnsaved();
  }

  /** Forgets all images that the page holds, and their addresses; the store keeps them. */
  close() {
    this.#closed = true;
    this.#show([]);
    this.selectedId = null;
    this.deleted = [];
    this.undoOffered = false;
    this.error = null;
  }

  /** Hands over what is in this page only. */
  takeUnsaved(): GalleryItem[] {
    return this.#unsaved.splice(0);
  }

  giveBackUnsaved(items: GalleryItem[]) {
    this.#unsaved.push(...items);
  }

  /** Shows the image at once, then stores it; one that cannot be stored stays in this page. Resolves to its id. */
  async keep(
    image: GeneratedImage,
    { select = true, sweep }: { select?: boolean; sweep?: SweepMark | null } = {},
  ): Promise<string> {
    const item = toGalleryItem(image, sweep);
    this.#unsaved.push(item);
    if (this.#closed) return item.id; // it came after the lock: stored and shown with the next `load`
    const entry = withUrl(item);
    await loaded(entry.url);
    if (this.#closed) {
      URL.revokeObjectURL(entry.url);
      return item.id;
    }
    this.#show([entry, ...this.entries.filter(({ id }) => id !== item.id)]);
    if (select) this.selectedId = item.id;
    await this.saveUnsaved();
    return item.id;
  }

  /** Stores what is not stored yet. */
  async saveUnsaved() {
    await this.#attempt(async () => {
      for (const item of [...this.#unsaved]) {
        await this.#store.add(item);
        this.#unsaved = this.#unsaved.filter(({ id }) => id !== item.id);
        this.#tabs.tell('changed');
      }
    });
  }

  /** Keeps what was decided about images. */
  async mark(changes: ({ id: string } & Partial<GalleryMarks>)[]) {
    const byId = Object.fromEntries(changes.map(({ id, ...marks }) => [id, marks]));
    await this.#change(byId);
  }

  /** Keeps what a comparison with real images found: `suspects` are ids of pictures among `compared`. */
  async noteCopies(compared: readonly string[], check: CopyCheck) {
    const { limit = 0, method, suspects = [] } = check;
    const marked = compared.map((id) => {
      return [id, { copy: { suspected: suspects.includes(id), limit, method } }] as const;
    });
    await this.#change(Object.fromEntries(marked));
  }

  /** Here and in the store, by id. */
  async #change(byId: Record<string, Partial<GalleryItem>>) {
    const show = () =>
      (this.entries = this.entries.map((entry) => ({ ...entry, ...byId[entry.id] })));
    show();
    await this.#attempt(async () => {
      show(); // the store may have been read meanwhile
      for (const [id, change] of Object.entries(byId)) await this.#store.change(id, change);
      this.#tabs.tell('changed');
    });
    if (this.error) throw this.error;
  }

  /** Takes images away; `undo` brings them back. */
  async remove(...ids: string[]) {
    const doomed = this.entries.filter(({ id }) => ids.includes(id));
    if (!doomed.length) return;
    const at = this.entries.findIndex(({ id }) => id === this.selectedId);
    const hide = () => (this.entries = this.entries.filter(({ id }) => !ids.includes(id)));
    hide();
    this.#unsaved = this.#unsaved.filter(({ id }) => !ids.includes(id));
    if (this.selectedId && ids.includes(this.selectedId)) {
      this.selectedId = this.entries[Math.min(at, this.entries.length - 1)]?.id ?? null;
    }
    await this.#attempt(async () => {
      hide(); // the store may have been read meanwhile
      // Copied to memory first: a Blob may not survive the record that it came from.
      const copies = await Promise.all(doomed.map(inMemory));
      this.deleted = [...this.deleted, copies];
      this.undoOffered = true;
      for (const { id } of copies) await this.#store.remove(id);
      this.#tabs.tell('changed');
    });
    for (const { url } of doomed) URL.revokeObjectURL(url);
    if (this.#unsaved.length) await this.saveUnsaved(); // there may be room now
  }

  async undo() {
    const items = this.deleted.at(-1);
    if (!items) return;
    this.deleted = this.deleted.slice(0, -1);
    this.undoOffered = false;
    this.entries = [...items.map(withUrl), ...this.entries].sort(newestFirst);
    this.selectedId = items[0].id;
    this.#unsaved.push(...items);
    await this.saveUnsaved();
  }

  /** Looks at the image `by` places further down (older), or further up. */
  walk(by: number) {
    const at = this.visible.findIndex(({ id }) => id === this.selectedId);
    const next = Math.max(0, Math.min(this.visible.length - 1, at + by));
    this.selectedId = this.visible[next]?.id ?? null;
  }

  /** Takes the place of what is shown; the addresses of what is shown no more are given up. */
  #show(entries: GalleryEntry[]) {
    revokeGone(this.entries, entries);
    this.entries = entries;
  }

  async #attempt(change: () => Promise<void>) {
    try {
      await this.#turns.run(change);
      this.error = null;
    } catch (error) {
      this.error = error as Error;
      if (this.error.name === 'StorageDenied') this.sessionOnly = true;
    }
  }
}
