import { appError } from '../errors';

/** What samples are kept as; 32-bit integers and 64-bit floats of a file become Float32. */
export type Samples = Uint8Array | Uint16Array | Int16Array | Float32Array;

/** A linear map from a stored sample to what it means: value = slope · sample + intercept. */
export interface Rescale {
  slope: number;
  intercept: number;
  /** "HU" where the file says so (or is a CT), else what closed list of units it names, else null. */
  unit: string | null;
}

/** How a window maps values to grey, after DICOM's VOI LUT Function (0028,1056); TABLE: as a table of the file says. */
export type WindowShape = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID' | 'TABLE';

/** A window over rescaled values, in their unit. */
export interface Window {
  centre: number;
  width: number;
  shape: WindowShape;
  /** Of shape TABLE: the grey in 0…1 of the value `first` and of those after it; centre and width say where it lies. */
  table?: { first: number; shades: Float32Array };
}

/** Stored samples, both ends included, that fill up an image and mean nothing. */
export interface Padding {
  low: number;
  high: number;
}

/** One picture of any format, as the file stores it. */
export interface DecodedImage {
  width: number;
  height: number;
  /** 1 for grey, 3 for RGB, interleaved. */
  channels: 1 | 3;
  /** [height · width · channels], row by row. */
  samples: Samples;
  /** Significant bits of a sample; 32 for floats. */
  bits: number;
  /** MONOCHROME1: the lowest value is shown white. */
  photometric: 'MONOCHROME1' | 'MONOCHROME2' | 'RGB';
  rescale: Rescale;
  /** The file's own windows, best first. */
  windows: Window[];
  /** Millimetres between centres of neighbouring pixels, null where the file says nothing that makes sense. */
  spacing: { x: number; y: number } | null;
  /** A pixel's height over its width, where the file says it without millimetres. */
  pixelRatio?: number;
  /** Samples that are no part of the picture: outside every range, and shown black. NaN is such a one in any image. */
  padding?: Padding;
  /** What is kept of the file's header: keys and values of closed lists, never free text. */
  facts: Record<string, string>;
  /** Whole sentences for the user. */
  warnings: string[];
  /** How many pictures the file holds, and which one this is, counted from 0. */
  numFrames: number;
  frame: number;
}

/** What a page may be asked to hold: 4 times a large mammogram; a header of 100,000 × 100,000 is refused. */
export const MAX_PIXELS = 2 ** 26;
const MAX_SIDE = 32_768;
/** Of a file, and of what a compressed one may unpack to. */
export const MAX_BYTES = 2 ** 29;

/** An `ImageUnreadable`: what is wrong, and with that what to do. */
export function unreadable(what: string, remedy = 'Choose another file.', cause?: unknown): Error {
  return appError('ImageUnreadable', `${what} ${remedy}`, cause);
}

/** Refuses sizes that are none, or more than this app holds at once; `what` begins the sentence. */
export function checkSize(what: string, width: number, height: number, channels = 1) {
  const whole = [width, height].every((side) => Number.isInteger(side) && side > 0);
  if (whole && Math.max(width, height) <= MAX_SIDE && width * height * channels <= MAX_PIXELS) {
    return;
  }
  throw unreadable(
    `${what} says it is ${width} × ${height} pixels (expected 1 to ${MAX_SIDE} a side and at most ` +
      `${MAX_PIXELS / 2 ** 20} million samples).`,
    'Choose a smaller image, or the file may be damaged.',
  );
}

/** An image without anything that only medical formats say. */
export function plainImage(
  width: number,
  height: number,
  channels: 1 | 3,
  samples: Samples,
  bits: number,
  warnings: string[] = [],
): DecodedImage {
  return {
    width,
    height,
    channels,
    samples,
    bits,
    photometric: channels === 3 ? 'RGB' : 'MONOCHROME2',
    rescale: { slope: 1, intercept: 0, unit: null },
    windows: [],
    spacing: null,
    facts: {},
    warnings,
    numFrames: 1,
    frame: 0,
  };
}

/** Millimetres a pixel, or null where one is no positive, finite, credible number. */
export function credibleSpacing(x: number, y: number): { x: number; y: number } | null {
  const credible = [x, y].every((mm) => mm > 1e-6 && mm < 1000); // NaN fails both
  return credible ? { x, y } : null;
}

/** A pixel's height over its width: pictures are drawn, and brought to a model's size, with what their pixels measure. */
export function pixelRatioOf({ spacing, pixelRatio = 1 }: DecodedImage): number {
  return spacing ? spacing.y / spacing.x : pixelRatio;
}
