import type { DatasetDescription, ImageRecord } from '../dataset-item';
import type { ImageFileFormat } from '../formats/format';
import type { LabelColumn, LabelRow } from '../labels';
import type { Split } from '../splits';
import titles from './titles.json';

export type LayoutName = keyof typeof titles;

/** How the files of a data set can be laid out, with titles, in the order in which they are offered. */
export const LAYOUTS = Object.entries(titles) as [LayoutName, string][];

/** An image whose files want a place. */
export interface ImageToPlace {
  record: ImageRecord;
  split: Split;
  /** What the files of image and mask are ended with, without the dot. */
  endings: { image: string; mask: string };
}

/** Paths, relative, with slashes. */
export interface Places {
  image: string;
  /** Of the instance mask. */
  mask: string;
  /** Of the map of classes, of a volume its label map; absent: this layout has none. */
  classes?: string;
}

/** What is known of a file of the layout once it is written. */
export interface LaidOut extends LabelRow {
  /** Path of the map of classes, or empty. */
  classes: string;
}

/** What the files that say what is where need to know. */
export interface LayoutFacts {
  description: DatasetDescription;
  columns: LabelColumn[];
  /** Of the images, with its dot. */
  ending: string;
  /** All images have one channel. */
  grey: boolean;
}

/** A layout at work on one data set. */
export interface LayoutRun {
  place: (image: ImageToPlace) => Places;
  /** Further files, path → text. `rows` are those that count: what is set aside is not among them. */
  index: (rows: readonly LaidOut[], facts: LayoutFacts) => Record<string, string>;
}

/** A way to lay files out: layouts/NAME.ts has one as its default export, titles.json the words for it. */
export interface Layout {
  /** The formats that what it is for can read; absent: all. */
  formats?: readonly ImageFileFormat[];
  /** It is about masks: every image must have one. */
  needsMasks?: boolean;
  /** It takes volumes, as NIfTI. */
  takesVolumes?: boolean;
  /** Every picture must have as many channels as the others. */
  sameChannels?: boolean;
  /** Python that opens it, for the data card; empty: nothing to say. */
  howToLoad: string;
  begin: (records: readonly ImageRecord[]) => LayoutRun;
}

/** JSON as it is written to a file. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
