import type { DecodedImage } from '../../image/decoded-image';
import type { Mask } from '../../image/mask';
import type { DatasetDescription, ImageRecord } from '../dataset-item';
import titles from './titles.json';

export type ImageFileFormat = keyof typeof titles;

/** What an image can be saved as, with its title, in the order in which it is offered. */
export const FILE_FORMATS = Object.entries(titles) as [ImageFileFormat, string][];

/** An image that is to become a file. */
export interface ImageToEncode {
  /** As it was made, metadata included. */
  png: Blob;
  record: ImageRecord;
  description: DatasetDescription;
  /** Its place in the data set, from 0. */
  position: number;
  /** Three channels whatever it shows, for readers that want as many in every picture of a set. */
  keepColour?: boolean;
}

/** Numbers of instances or classes that are to become a file, and the image that they are of. */
export interface MaskToEncode extends Omit<ImageToEncode, 'png' | 'keepColour'> {
  mask: Mask;
}

/** A kind of file: formats/NAME.ts has one as its default export, titles.json the words for it. */
export interface FileFormat {
  /** Of the file's name. */
  ending: string;
  encode: (image: ImageToEncode) => Promise<Blob>;
  /** A mask with the same ending; absent: masks are PNGs. */
  encodeMask?: (mask: MaskToEncode) => Promise<Blob>;
}

/** [height · width]: 8 bit where all values fit, else 16. */
export function narrow({ values }: Mask): Uint8Array | Uint16Array {
  const most = values.reduce((max, id) => Math.max(max, id), 0);
  return most < 256 ? Uint8Array.from(values) : values;
}

/** The pixels of a picture that was made here. */
export async function decode(png: Blob): Promise<DecodedImage> {
  const { readPng } = await import('../../image/read-png');
  return readPng(new Uint8Array(await png.arrayBuffer()));
}
