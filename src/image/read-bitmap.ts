import { checkSize, unreadable, type DecodedImage } from './decoded-image';
import { asUpright, findOrientation, upright } from './exif';
import { overBlack } from './read-png';

/** Decodes a JPEG or WebP to RGBA, not premultiplied: the browser's own decoder, or another where there is none. */
export type DecodeBitmap = (
  file: Blob,
) => Promise<{ width: number; height: number; rgba: Uint8Array | Uint8ClampedArray }>;

/**
 * JPEG or WebP, as 8-bit RGB, upright; its size is read from its header first, for decoders take what memory it asks for.
 */
export async function readBitmap(
  bytes: Uint8Array<ArrayBuffer>,
  format: 'JPEG' | 'WebP',
  decodeBitmap: DecodeBitmap = decodeInBrowser,
): Promise<DecodedImage> {
  const size = format === 'JPEG' ? jpegSize(bytes) : webpSize(bytes);
  if (!size) {
    throw unreadable(`This ${format} is damaged or cut off: it does not say how large it is.`);
  }
  checkSize(`This ${format}`, size.width, size.height, 3);
  const type = format === 'JPEG' ? 'image/jpeg' : 'image/webp';
  const orientation = findOrientation(bytes, format);
  const stored = orientation ? asUpright(bytes, orientation) : bytes;
  const { width, height, rgba } = await decodeBitmap(new Blob([stored], { type })).catch(
    (error: unknown) => {
      throw unreadable(`This ${format} is damaged or cut off.`, undefined, error);
    },
  );
  return upright(overBlack(width, height, rgba, 4, 8), orientation?.value ?? 1);
}

/** createImageBitmap, in a page or a worker; colours are taken as they are, without a profile. */
async function decodeInBrowser(file: Blob) {
  const bitmap = await createImageBitmap(file, {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
  })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, rgba: context.getImageData(0, 0, width, height).data };
}

/** In pixels. */
export interface Size {
  width: number;
  height: number;
}

/** From the first start-of-frame segment, JPEG-LS's too. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.2.2 */
export function jpegSize(bytes: Uint8Array): Size | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 2; offset + 9 <= bytes.length && bytes[offset] === 0xff;) {
    const marker = bytes[offset + 1];
    if (marker === 0xff) {
      offset++; // fill bytes
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame || marker === 0xf7)
      return { width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) };
    offset += 2 + view.getUint16(offset + 2);
  }
  return null;
}

/** From the first chunk: lossy, lossless or extended. https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(bytes: Uint8Array): Size | null {
  if (bytes.length < 30) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = String.fromCharCode(...bytes.subarray(12, 16));
  if (kind === 'VP8 ') {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (kind === 'VP8L') {
    const packed = view.getUint32(21, true);
    return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
  }
  if (kind !== 'VP8X') return null;
  const uint24 = (at: number) => view.getUint16(at, true) | (bytes[at + 2] << 16);
  return { width: uint24(24) + 1, height: uint24(27) + 1 };
}
