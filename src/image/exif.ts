import type { DecodedImage } from './decoded-image';

/** Where the orientation of a file's picture stands, and what it is, 1…8. Exif 3.0, 4.6.5.1.6. */
export interface Orientation {
  value: number;
  /** Byte of the value in the file: two bytes. */
  at: number;
  littleEndian: boolean;
}

const ORIENTATION = 0x0112;
const SHORT = 3;

/** The orientation that a JPEG or WebP gives in its Exif part; null where there is none. */
export function findOrientation(bytes: Uint8Array, format: 'JPEG' | 'WebP'): Orientation | null {
  for (const { start, end } of format === 'JPEG' ? jpegExif(bytes) : webpExif(bytes)) {
    const found = readOrientation(bytes, start, end);
    if (found) return found;
  }
  return null;
}

/** The orientation in Exif data, which begin with a TIFF header or with "Exif" before one. */
export function readOrientation(bytes: Uint8Array, start: number, end: number): Orientation | null {
  const isNamed = textAt(bytes, start, 4) === 'Exif';
  const tiff = isNamed ? start + 6 : start;
  const view = new DataView(bytes.buffer, bytes.byteOffset, Math.min(end, bytes.length));
  const order = textAt(bytes, tiff, 2);
  if ((order !== 'II' && order !== 'MM') || tiff + 8 > view.byteLength) return null;
  const littleEndian = order === 'II';
  const table = tiff + view.getUint32(tiff + 4, littleEndian);
  if (table + 2 > view.byteLength) return null;
  const count = view.getUint16(table, littleEndian);
  for (let entry = table + 2, i = 0; i < count && entry + 12 <= view.byteLength; i++, entry += 12) {
    if (view.getUint16(entry, littleEndian) !== ORIENTATION) continue;
    const value = view.getUint16(entry + 8, littleEndian);
    const known = view.getUint16(entry + 2, littleEndian) === SHORT && value >= 1 && value <= 8;
    return known ? { value, at: entry + 8, littleEndian } : null;
  }
  return null;
}

/** The file with its picture said to be upright: some decoders turn it, some do not, and now none does. */
export function asUpright(
  bytes: Uint8Array<ArrayBuffer>,
  { at, littleEndian }: Orientation,
): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint16(at, 1, littleEndian);
  return copy;
}

/** APP1 segments. */
function* jpegExif(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++; // fill bytes
      continue;
    }
    if (marker === 0xda) return; // pixels follow
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xe1 && textAt(bytes, at + 4, 4) === 'Exif') yield { start: at + 4, end };
    at = end;
  }
}

/** The EXIF chunk. */
function* webpExif(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at + 4, true);
    if (textAt(bytes, at, 4) === 'EXIF') yield { start: at + 8, end };
    at = end + (end % 2);
  }
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/** The picture as its orientation says that it is to be seen, as Pillow's exif_transpose does. */
export function upright(image: DecodedImage, orientation: number): DecodedImage {
  if (orientation < 2 || orientation > 8) return image;
  const { width, height, channels, samples } = image;
  const turned = orientation >= 5;
  const [newWidth, newHeight] = turned ? [height, width] : [width, height];
  // Which ends of the stored picture are the right and the bottom of the seen one.
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  const out = samples.slice();
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      const [column, row] = turned ? [y, x] : [x, y];
      const from =
        (mirrorY ? height - 1 - row : row) * width + (mirrorX ? width - 1 - column : column);
      const to = y * newWidth + x;
      for (let c = 0; c < channels; c++) out[to * channels + c] = samples[from * channels + c];
    }
  }
  return { ...image, width: newWidth, height: newHeight, samples: out };
}
