import type { DatasetFile, DatasetItem } from '../../../src/dataset/dataset-item';
import { datasetFiles, type ExportDatasetOptions } from '../../../src/dataset/export-dataset';
import { DESCRIPTION, toyItem } from './toy-dataset';

export const OPTIONS = {
  format: 'png' as const,
  shares: { train: 0.5, validation: 0.25, test: 0.25 },
  seed: 1,
};

/** The files of an export, by path. */
export async function collect(items: DatasetItem[], change: Partial<ExportDatasetOptions> = {}) {
  const files = new Map<string, DatasetFile['blob']>();
  for await (const { path, blob } of datasetFiles(items, DESCRIPTION, { ...OPTIONS, ...change })) {
    files.set(path, blob);
  }
  return files;
}

export const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
export const items = [0, 1, 2, 3].map((i) => toyItem(i, i > 0));
