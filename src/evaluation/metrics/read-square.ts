import { resample } from '../../image/model-input';
import { readMark, type Mark } from '../../image/read-mark';
import { readImage } from '../../image/read-image';
import { defaultWindow, shownSamples } from '../../image/window-level';
import { THUMB_SIDE } from './thumb';

/** The square in the middle of an image, 8 bits wide: one plane where it is grey, else three, values in 0…255. */
export interface Square {
  side: number;
  /** Each [side · side]. */
  planes: Float32Array[];
  /** Of the whole image, in pixels. */
  width: number;
  height: number;
  /** Significant bits of a sample. */
  bits: number;
  /** What the file says of itself. */
  mark: Mark;
}

/** Where a PNG's bit depth is. */
const BIT_DEPTH_AT = 24;
/** Larger ones are checked with more care. */
const MAX_QUICK_PIXELS = 2 ** 24;
/** A PNG's size and depth, and whether it says how it lies. */
const HEAD_BYTES = 8192;

/** Reads any image the app can read, as it is first shown; what is not square is cut at its longer side. */
export async function readSquare(file: Blob): Promise<Square> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const text = new TextDecoder('latin1').decode(head);
  const mark = await readMark(file);
  const quick = readsQuickly(head, text) ? await readQuickly(file).catch(() => null) : null;
  return { ...(quick ?? (await readThoroughly(file))), mark };
}

/**
 * Eight bits, in a format that every browser decodes itself, several times faster than JavaScript. Of a picture that lies
 * on its side browsers make different things.
 */
function readsQuickly(head: Uint8Array, text: string): boolean {
  if (text.includes('eXIf')) return false;
  const isPng = head[0] === 0x89 && head[1] === 0x50;
  if (!isPng || head.length <= BIT_DEPTH_AT || head[BIT_DEPTH_AT] !== 8) return false;
  const view = new DataView(head.buffer);
  return view.getUint32(16) * view.getUint32(20) <= MAX_QUICK_PIXELS;
}

async function readQuickly(file: Blob): Promise<Omit<Square, 'mark'>> {
  const options = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' } as const;
  const bitmap = await createImageBitmap(new Blob([file], { type: 'image/png' }), options);
  const { width, height } = bitmap;
  const side = Math.min(width, height);
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false })!;
  context.drawImage(bitmap, -Math.floor((width - side) / 2), -Math.floor((height - side) / 2));
  bitmap.close();
  const { data } = context.getImageData(0, 0, side, side);
  return { side, width, height, bits: 8, planes: planesOf(data, side * side, 4) };
}

/** The same of pixels that are no file: opaque, row by row, four bytes each. */
export function squareOf(image: {
  width: number;
  height: number;
  rgba: Uint8ClampedArray | Uint8Array;
}): Pick<Square, 'side' | 'planes'> {
  const { width, height, rgba } = image;
  const side = Math.min(width, height);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const cut = new Uint8Array(side * side * 4);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * 4;
    cut.set(rgba.subarray(from, from + side * 4), y * side * 4);
  }
  return { side, planes: planesOf(cut, side * side, 4) };
}

async function readThoroughly(file: Blob): Promise<Omit<Square, 'mark'>> {
  const image = await readImage(file);
  const { width, height, channels, bits } = image;
  const shown = shownSamples(image, { window: defaultWindow(image), invert: false });
  const side = Math.min(width, height);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const cut = new Float32Array(side * side * channels);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * channels;
    cut.set(shown.subarray(from, from + side * channels), y * side * channels);
  }
  // To whole numbers: the same picture must have the same features whatever it was stored as.
  const bytes = cut.map((value) => Math.round(255 * value));
  return { side, width, height, bits, planes: planesOf(bytes, side * side, channels) };
}

function planesOf(values: ArrayLike<number>, pixels: number, stride: number): Float32Array[] {
  const plane = (c: number) => {
    const own = new Float32Array(pixels); // filled by a loop: `from` with a callback takes nine times as long
    for (let i = 0; i < pixels; i++) own[i] = values[i * stride + c];
    return own;
  };
  if (stride === 1 || isGrey(values, pixels, stride)) return [plane(0)];
  return [0, 1, 2].map(plane);
}

function isGrey(values: ArrayLike<number>, pixels: number, stride: number): boolean {
  for (let i = 0; i < pixels * stride; i += stride) {
    if (values[i] !== values[i + 1] || values[i] !== values[i + 2]) return false;
  }
  return true;
}

/** Planes [3, size, size] of (value − mean) / std, as a feature network wants them. */
export function networkInput(
  { side, planes }: Pick<Square, 'side' | 'planes'>,
  { size, mean, std }: { size: number; mean: number; std: number },
  target: Float32Array,
) {
  planes.forEach((plane, c) => {
    const small = resample(plane, side, side, size, size);
    for (let i = 0; i < small.length; i++) small[i] = (small[i] - mean) / std;
    target.set(small, c * small.length);
  });
  for (let c = planes.length; c < 3; c++) target.copyWithin(c * size * size, 0, size * size);
}

/** Grey at another size, values in 0…1. */
export function greyPlane({ side, planes }: Square, size: number): Float32Array {
  const grey = planes[0].slice();
  if (planes.length === 3) {
    for (let i = 0; i < grey.length; i++)
      grey[i] = (planes[0][i] + planes[1][i] + planes[2][i]) / 3;
  }
  return resample(grey, side, side, size, size).map((value) => value / 255);
}

/** Grey, 64 · 64, in bytes. */
export function thumbOf(square: Square): Uint8Array {
  return Uint8Array.from(greyPlane(square, THUMB_SIDE), (value) => Math.round(255 * value));
}
