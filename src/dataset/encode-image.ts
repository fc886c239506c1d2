import type { DatasetDescription, ImageRecord } from './dataset-item';
import type { FileFormat, ImageFileFormat } from './formats/format';

const FILES = import.meta.glob<FileFormat>(
  ['./formats/*.ts', '!./formats/format.ts', '!./formats/modality.ts'],
  { eager: true, import: 'default' },
);

/**
 * The file of one image; `position` is its place in the data set, from 0. PNGs stay as they were made, metadata included, but
 * for those of versions that did not record from what; for the others their pixels are taken over exactly.
 */
export async function encodeImage(
  stored: Blob,
  record: ImageRecord,
  description: DatasetDescription,
  position: number,
  format: ImageFileFormat,
): Promise<{ blob: Blob; ending: string }> {
  const { ending, encode } = FILES[`./formats/${format}.ts`];
  const png = await truthful(stored, record);
  return { blob: await encode({ png, record, description, position }), ending };
}

/** Versions up to 0.3.0 wrote "shows no real patient" into pictures of anything. */
async function truthful(png: Blob, { provenance }: ImageRecord): Promise<Blob> {
  if (provenance.origin !== 'unknown') return png;
  const { relabel } = await import('../image/synthetic-texts');
  return relabel(png, provenance);
}
