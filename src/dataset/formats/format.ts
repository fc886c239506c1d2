import type { DecodedImage } from '../../image/decoded-image';
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
}

/** A kind of file: formats/NAME.ts has one as its default export, titles.json the words for it. */
export interface FileFormat {
  /** Of the file's name. */
  ending: string;
  encode: (image: ImageToEncode) => Promise<Blob>;
}

/** The pixels of a picture that was made here. */
export async function decode(png: Blob): Promise<DecodedImage> {
  const { readPng } = await import('../../image/read-png');
  return readPng(new Uint8Array(await png.arrayBuffer()));
}
