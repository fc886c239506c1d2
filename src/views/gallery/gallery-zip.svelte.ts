import type { ImageFacts } from '../../dataset/dataset-store';
import { FILE_FORMATS, type ImageFileFormat } from '../../dataset/formats/format';
import { modelHash } from '../../models/manifest/located-model';
import type { ModelEntry } from '../../models/manifest/manifest';
import type { ExportProgress } from '../datasets/state/exporting/dataset-export.svelte';
import type { GalleryEntry } from './gallery-entry';
import { describeGallery, galleryItems } from './gallery-export';
import {
  galleryGate,
  passing,
  type GalleryGate,
  type SourceChoice,
} from '../../pictures/gallery-gate';
import type { SuspectChoice } from '../../pictures/copy-gate';
import type { GalleryState } from './gallery.svelte';
import { openZipTarget, type ZipTarget } from '../../browser/zip-target';

/** Writes pictures of the studio's gallery as a ZIP, one at a time. */
export class GalleryZip {
  readonly formats = FILE_FORMATS;
  format = $state<ImageFileFormat>('png');
  /** Asked for where there are pictures that may not count as synthetic. */
  sources = $state<SourceChoice>(null);
  /** Asked for where there are more suspected copies than the limit allows. */
  suspects = $state<SuspectChoice>(null);
  progress = $state.raw<ExportProgress | null>(null);
  error = $state.raw<Error | null>(null);
  /** What was written last. */
  saved = $state.raw<{ numImages: number; bytes: number } | null>(null);

  #gallery: GalleryState;
  #entry: ModelEntry;
  #appVersion: string;
  #controller = new AbortController();

  #onDisk: () => boolean;

  constructor(
    gallery: GalleryState,
    entry: ModelEntry,
    appVersion: string,
    onDisk: () => boolean = () => true,
  ) {
    this.#onDisk = onDisk;
    this.#gallery = gallery;
    this.#entry = entry;
    this.#appVersion = appVersion;
  }

  /** What stands between these pictures and a ZIP. */
  gate(chosen: readonly ImageFacts[]): GalleryGate {
    return galleryGate(this.#entriesOf(chosen));
  }

  /** A decision is about the pictures that it was made for. */
  reset() {
    this.sources = null;
    this.suspects = null;
    this.saved = null;
  }

  /** Somebody has to decide first. */
  refused({ numSources, copies }: GalleryGate): boolean {
    return (numSources > 0 && this.sources === null) || (!!copies?.above && this.suspects === null);
  }

  /** Call it in a click: it may ask where to save. */
  async start(chosen: readonly ImageFacts[]) {
    if (this.progress || this.refused(this.gate(chosen))) return;
    this.error = null;
    this.saved = null;
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.progress = { files: 0, bytes: 0, numImages: chosen.length };
    try {
      const numImages = await this.#write(chosen, signal);
      this.saved = { numImages, bytes: this.progress.bytes };
    } catch (error) {
      if (!signal.aborted && (error as Error).name !== 'AbortError') this.error = error as Error;
    } finally {
      this.progress = null;
    }
  }

  cancel() {
    this.#controller.abort();
  }

  #entriesOf(chosen: readonly ImageFacts[]): GalleryEntry[] {
    const ids = chosen.map(({ id }) => id);
    const found = this.#gallery.entries.filter(({ id }) => ids.includes(id));
    return found.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
  }

  /** How many pictures there are in it. */
  async #write(chosen: readonly ImageFacts[], signal: AbortSignal): Promise<number> {
    const target = await openZipTarget('pictures.zip', this.#onDisk());
    try {
      return await this.#fill(target, chosen, signal);
    } catch (error) {
      await target.discard();
      throw error;
    }
  }

  async #fill(target: ZipTarget, chosen: readonly ImageFacts[], signal: AbortSignal) {
    const [{ datasetFiles }, { writeZip }] = await Promise.all([
      import('../../dataset/export-dataset'),
      import('../../dataset/zip/zip-stream'),
    ]);
    const pictures = passing(this.#entriesOf(chosen), this).map((entry) => ({
      entry,
      facts: chosen.find(({ id }) => id === entry.id)!,
    }));
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
    return pictures.length;
  }
}
