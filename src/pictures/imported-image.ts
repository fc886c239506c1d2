import type { DroppedFile } from '../contract/download';
import { labelTableOf, parseCsvLabels, rowOf } from '../dataset/csv-labels';
import type { StoredOriginal } from '../image/stored-original';
import { imageId, type Dataset, type ImageFacts } from '../dataset/dataset-store';

/** What is known of an image that came from a folder. */
export function importedFacts(
  set: Dataset,
  index: number,
  source: string,
  known: { label: string; bytes: number; width: number; height: number },
): ImageFacts {
  return {
    id: imageId(set.id, index),
    index,
    createdAt: new Date(),
    source,
    ...known,
    prompt: '',
    words: {},
    covariates: {},
    seed: 0,
    modelId: '',
    modelHash: '',
    rating: 0,
    verdict: null,
    discarded: false,
    parentId: null,
  };
}

/** What is kept of a file: as it is first shown, 8 bit, and its values where they are more; nothing else of its header. */
export interface ImportedPicture {
  png: Blob;
  width: number;
  height: number;
  original?: StoredOriginal;
}

/** Reads a file of any known format. */
export async function importPicture(file: File): Promise<ImportedPicture> {
  const [{ readImage }, { defaultWindow, toRgba }, { encodePng }, { storeOriginal }] =
    await Promise.all([
      import('../image/read-image'),
      import('../image/window-level'),
      import('../image/png'),
      import('../image/stored-original'),
    ]);
  const image = await readImage(file);
  const { width, height } = image;
  const rgba = toRgba(image, { window: defaultWindow(image), invert: false });
  const original = (await storeOriginal(file, image)) ?? undefined;
  return { png: encodePng({ width, height, rgba }, {}), width, height, original };
}

/** By file; null where there is no CSV. */
export async function readLabels(files: DroppedFile[]): Promise<Map<string, string> | null> {
  const csv = await labelTableOf(files);
  return csv ? parseCsvLabels(await csv.file.text()) : null;
}

/** As the CSV says; without one the sub-folder that it lies in. */
export function labelOf(path: string, labels: Map<string, string> | null): string {
  if (labels) return rowOf(labels, path) ?? '';
  const parts = path.split('/');
  return parts.length > 2 ? parts.at(-2)! : '';
}
