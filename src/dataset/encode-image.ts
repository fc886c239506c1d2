import { encodeSamples } from '../image/png';
import type { Mask } from '../image/mask';
import type { DatasetDescription, ImageRecord } from './dataset-item';
import { narrow, type FileFormat, type ImageFileFormat } from './formats/format';

const FILES = import.meta.glob<FileFormat>(
  ['./formats/*.ts', '!./formats/format.ts', '!./formats/modality.ts'],
  { eager: true, import: 'default' },
);

/** What a file is ended with, of an image and of its mask. */
export function endingsOf(format: ImageFileFormat): { image: string; mask: string } {
  const { ending, encodeMask } = FILES[`./formats/${format}.ts`];
  return { image: ending, mask: encodeMask ? ending : 'png' };
}

/**
 * The file of one image; `position` is its place in the data set, from 0. PNGs stay as they were made, metadata included, but
 * for those of versions that did not record from what, and for grey ones, which have one channel. Of other formats colours are
 * taken over exactly, and grey is the mean of the channels.
 */
export async function encodeImage(
  stored: Blob,
  record: ImageRecord,
  description: DatasetDescription,
  position: number,
  format: ImageFileFormat,
  keepColour = false,
): Promise<{ blob: Blob; ending: string }> {
  const { ending, encode } = FILES[`./formats/${format}.ts`];
  const png = await truthful(stored, record);
  return { blob: await encode({ png, record, description, position, keepColour }), ending };
}

/** The file of a mask, in the format of its image where that can hold one. */
export async function encodeMaskAs(
  mask: Mask,
  record: ImageRecord,
  description: DatasetDescription,
  position: number,
  format: ImageFileFormat,
): Promise<Blob> {
  const { encodeMask: own } = FILES[`./formats/${format}.ts`];
  return own ? own({ mask, record, description, position }) : encodeMask(mask);
}

/** Instance ids as a grey PNG: 8 bit where they fit, else 16. */
export function encodeMask(mask: Mask): Blob {
  const { width, height } = mask;
  return encodeSamples(
    { width, height, samples: narrow(mask) },
    { Description: 'Instance mask of a synthetic image' },
  );
}

/** Versions up to 0.3.0 wrote "shows no real patient" into pictures of anything. */
async function truthful(png: Blob, { provenance }: ImageRecord): Promise<Blob> {
  if (provenance.origin !== 'unknown') return png;
  const { relabel } = await import('../image/synthetic-texts');
  return relabel(png, provenance);
}
