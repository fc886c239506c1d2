import type { ImageFacts } from '../dataset/dataset-store';
import type { ImageFileFormat } from '../dataset/encode-image';
import { modelHash } from '../models/load-manifest';
import type { ModelEntry } from '../models/manifest';
import type { ExportProgress } from './dataset-export.svelte';
import type { GalleryEntry } from './gallery-entry';
import { describeGallery, galleryItems } from './gallery-export';
import type { GalleryState } from './gallery.svelte';
import { openZipTarget } from './zip-target';

/** Writes pictures of the studio's gallery as a ZIP, one at a time. */
export class GalleryZip {
  format = $state<ImageFileFormat>('png');
  progress = $state.raw<ExportProgress | null>(null);
  error = $state.raw<Error | null>(null);
  /** What was written last. */
  saved = $state.raw<{ numImages: number; bytes: number } | null>(null);

  #gallery: GalleryState;
  #entry: ModelEntry;
  #appVersion: string;
  #controller = new AbortController();

  constructor(gallery: GalleryState, entry: ModelEntry, appVersion: string) {
    this.#gallery = gallery;
    this.#entry = entry;
    this.#appVersion = appVersion;
  }

  /** Call it in a click: it may ask where to save. */
  async start(chosen: readonly ImageFacts[]) {
    if (this.progress) return;
    this.error = null;
    this.saved = null;
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.progress = { files: 0, bytes: 0, numImages: chosen.length };
    try {
      await this.#write(chosen, signal);
      this.saved = { numImages: chosen.length, bytes: this.progress.bytes };
    } catch (error) {
      if (!signal.aborted && (error as Error).name !== 'AbortError') this.error = error as Error;
    } finally {
      this.progress = null;
    }
  }

  cancel() {
    this.#controller.abort();
  }

  async #write(chosen: readonly ImageFacts[], signal: AbortSignal) {
    const target = await openZipTarget('pictures.zip');
    const [{ datasetFiles }, { writeZip }] = await Promise.all([
      import('../dataset/export-dataset'),
      import('../dataset/zip-stream'),
    ]);
    const byId = Object.fromEntries(this.#gallery.entries.map((entry) => [entry.id, entry]));
    const pictures = chosen.flatMap((facts) => {
      const entry = byId[facts.id] as GalleryEntry | undefined;
      return entry ? [{ entry, facts }] : [];
    });
    const own = await modelHash(this.#entry);
    const description = describeGallery(pictures, this.#entry, this.#appVersion, own);
    const files = datasetFiles(galleryItems(pictures), description, {
      format: this.format,
      shares: { train: 1, validation: 0, test: 0 },
      seed: 0,
      signal,
    });
    await writeZip(files, target.stream, {
      signal,
      createdAt: description.createdAt,
      onFile: (files, bytes) => (this.progress = { files, bytes, numImages: pictures.length }),
    });
    await target.finish();
  }
}
