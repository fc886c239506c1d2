import type { DatasetDescription, DatasetFile, DatasetItem } from '../dataset-item';
import { datasetFiles, type ExportDatasetOptions } from '../export-dataset';
import { writeZip } from './zip-stream';

/** Images that are encoded to tell how large all of them will be. */
const SAMPLE = 8;

/** Files that are as long for a few images as for many. */
const FIXED = new Set(['README.md', 'codebook.csv', 'croissant.json', 'scorecard.json']);

/** Some of the items, evenly spread, so that each row of a recipe has its share; all where there are few. */
export function sampleOf(items: readonly DatasetItem[]): DatasetItem[] {
  if (items.length <= SAMPLE) return [...items];
  return Array.from({ length: SAMPLE }, (_, i) => {
    return items[Math.floor(((i + 0.5) * items.length) / SAMPLE)];
  });
}

/**
 * About how large the ZIP of `count` images will be, in bytes: a sample is exported into nothing, and what grows with the
 * images is multiplied.
 *
 * @param sample - see `sampleOf`.
 * @throws `RequestInvalid` where these images cannot be had in this layout.
 */
export async function estimateBytes(
  sample: readonly DatasetItem[],
  count: number,
  description: DatasetDescription,
  options: ExportDatasetOptions,
): Promise<number> {
  const fixed: DatasetFile[] = [];
  const files = datasetFiles(sample, description, options);
  const whole = await zipBytes(noting(files, fixed), description.createdAt, options.signal);
  if (count === sample.length) return whole;
  const base = await zipBytes(each(fixed), description.createdAt, options.signal);
  return Math.round(base + ((whole - base) * count) / sample.length);
}

async function zipBytes(files: AsyncIterable<DatasetFile>, createdAt: Date, signal?: AbortSignal) {
  let bytes = 0;
  const nowhere = new WritableStream<Uint8Array>({
    write: (piece) => void (bytes += piece.length),
  });
  await writeZip(files, nowhere, { createdAt, signal });
  return bytes;
}

async function* noting(files: AsyncIterable<DatasetFile>, fixed: DatasetFile[]) {
  for await (const file of files) {
    if (FIXED.has(file.path)) fixed.push(file);
    yield file;
  }
}

async function* each(files: readonly DatasetFile[]) {
  yield* files;
}
