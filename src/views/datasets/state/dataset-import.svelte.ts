import type { DroppedFile } from '../../../contract/download';
import { mayBeImage } from '../../../image/image-file-name';
import type { Dataset, DatasetStore } from '../../../dataset/dataset-store';
import { appError } from '../../../errors';
import type { DatasetQueue } from './dataset-queue.svelte';
import {
  importedFacts,
  importPicture,
  labelOf,
  readLabels,
} from '../../../pictures/imported-image';
import { newDataset } from './new-dataset';
import { texts } from '../texts';

/** A file that is no image, or a broken one. */
export interface SkippedFile {
  path: string;
  message: string;
}

/** Takes a folder of images in as a data set: labels from a CSV in it, else from its sub-folders. */
export class DatasetImport {
  progress = $state.raw<{ done: number; total: number } | null>(null);
  skipped = $state.raw<SkippedFile[]>([]);
  error = $state.raw<Error | null>(null);

  #store: DatasetStore;
  #queue: DatasetQueue;
  #controller = new AbortController();

  constructor(store: DatasetStore, queue: DatasetQueue) {
    this.#store = store;
    this.#queue = queue;
  }

  cancel() {
    this.#controller.abort();
  }

  /** null where nothing came of it. What was read before a cancel or a full disk is kept. */
  async start(
    files: DroppedFile[],
    onNew: (datasetId: string) => void = () => undefined,
  ): Promise<Dataset | null> {
    if (this.progress) return null;
    this.error = null;
    this.skipped = [];
    this.#controller = new AbortController();
    try {
      return await this.#read(files, this.#controller.signal, onNew);
    } catch (error) {
      this.error = error as Error;
      return null;
    } finally {
      this.progress = null;
    }
  }

  async #read(
    files: DroppedFile[],
    signal: AbortSignal,
    onNew: (datasetId: string) => void,
  ): Promise<Dataset> {
    const sorted = files
      .filter(({ path }) => mayBeImage(path))
      .sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
    if (!sorted.length) {
      throw appError(
        'RequestInvalid',
        `There is no image among these ${files.length} files (expected PNG, JPEG, WebP, DICOM or NIfTI). ` +
          'Choose the folder that holds them.',
      );
    }
    const labels = await readLabels(files);
    const root = sorted[0].path.split('/')[0];
    const set = newDataset(root || texts.folder, sorted.length, null);
    onNew(set.id);
    let numDone = 0;
    // First, so that images of a page that is closed meanwhile belong to something that can be seen and deleted.
    await this.#queue.adopt({ ...set, status: 'stopped' }, 0);
    try {
      for (const [i, file] of sorted.entries()) {
        if (signal.aborted) break;
        this.progress = { done: i, total: sorted.length };
        if (await this.#keep(set, numDone, file, labels)) numDone++;
      }
    } finally {
      await this.#end(set.id, numDone);
    }
    return this.#queue.sets.find(({ id }) => id === set.id) ?? set;
  }

  /** A set of nothing is none, and one that another tab has deleted stays deleted. */
  async #end(id: string, numDone: number) {
    if (numDone === 0) await this.#queue.remove(id);
    else await this.#queue.complete(id, numDone);
  }

  /** False: this file is no image that can be read, and was noted. */
  async #keep(
    set: Dataset,
    index: number,
    { path, file }: DroppedFile,
    labels: Map<string, string> | null,
  ): Promise<boolean> {
    let image;
    try {
      image = await importPicture(file);
    } catch (error) {
      this.skipped = [...this.skipped, { path, message: (error as Error).message }];
      return false;
    }
    const { png, width, height, original } = image;
    const facts = importedFacts(set, index, path, {
      label: labelOf(path, labels),
      bytes: png.size,
      width,
      height,
    });
    await this.#store.addMade(facts, { png, made: null, ...(original && { original }) });
    return true;
  }
}
