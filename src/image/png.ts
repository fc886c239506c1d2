import { encode } from 'fast-png';
import { appError } from '../errors';

/** Opaque pixels, row by row, four bytes each. */
export interface Pixels {
  width: number;
  height: number;
  rgba: Uint8Array | Uint8ClampedArray;
}

/** The first bytes of every PNG. */
export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Signature and IHDR, which must come first: text goes right behind, where readers find it without the pixels. */
const HEADER_BYTES = 8 + 25;

/**
 * An RGB PNG with text chunks, keyword → text. ASCII goes into tEXt, which every reader knows, the rest into iTXt
 * (UTF-8), as XMP demands. https://www.w3.org/TR/png-3/#11textinfo
 */
export function encodePng(pixels: Pixels, texts: Record<string, string>): Blob {
  const { width, height } = pixels;
  return encodeSamples({ width, height, samples: rgbOf(pixels) }, texts);
}

/** [height · width · 3]: the same without the fourth byte. */
export function rgbOf({ width, height, rgba }: Pixels): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    rgb.set(rgba.subarray(i * 4, i * 4 + 3), i * 3);
  }
  return rgb;
}

/**
 * The same for samples as they are: grey (length width · height) or RGB (three times that, interleaved), 8 or 16 bit after
 * the array's type.
 */
export function encodeSamples(
  { width, height, samples }: { width: number; height: number; samples: Uint8Array | Uint16Array },
  texts: Record<string, string>,
): Blob {
  const channels = samples.length / (width * height);
  const depth = samples instanceof Uint16Array ? 16 : 8;
  const png = new Uint8Array(encode({ width, height, data: samples, channels, depth }));
  const chunks = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  return new Blob([png.slice(0, HEADER_BYTES), ...chunks, png.slice(HEADER_BYTES)], {
    type: 'image/png',
  });
}

/** Keyword → text of every tEXt and uncompressed iTXt chunk. `ImageUnreadable` where it is no whole PNG. */
export async function readPngTexts(png: Blob): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const { type, whole } of chunksOf(new Uint8Array(await png.arrayBuffer()))) {
    if (type !== 'tEXt' && type !== 'iTXt') continue;
    const [keyword, text] = readText(type, whole.subarray(8, -4));
    if (text !== null) texts[keyword] = text;
  }
  return texts;
}

/** The same PNG with these texts in place of those of the same keywords, the first ones in it. Errors as above. */
export async function replacePngTexts(png: Blob, texts: Record<string, string>): Promise<Blob> {
  const bytes = new Uint8Array(await png.arrayBuffer());
  const kept = [...chunksOf(bytes)].filter(
    ({ type, whole }) => !TEXTS.includes(type) || !(keywordOf(whole.subarray(8, -4)) in texts),
  );
  const [header, ...rest] = kept.map(({ whole }) => whole);
  const added = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  const end = chunk('IEND', new Uint8Array());
  return new Blob([PNG_SIGNATURE, header, ...added, ...rest, end], { type: 'image/png' });
}

const TEXTS = ['tEXt', 'iTXt', 'zTXt'];

/** Every chunk before IEND, text chunks with their checksums compared. */
function* chunksOf(bytes: Uint8Array<ArrayBuffer>) {
  if (PNG_SIGNATURE.some((byte, i) => bytes[i] !== byte))
    throw unreadable('its first bytes differ');
  const view = new DataView(bytes.buffer);
  for (let offset = PNG_SIGNATURE.length; ;) {
    if (offset + 12 > bytes.length) throw unreadable(`it ends at byte ${bytes.length}`);
    const end = offset + 12 + view.getUint32(offset);
    if (end > bytes.length) throw unreadable(`it ends at byte ${bytes.length}`);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === 'IEND') return;
    const whole = bytes.subarray(offset, end);
    if (TEXTS.includes(type) && view.getUint32(end - 4) !== crc32(whole.subarray(4, -4))) {
      throw unreadable(`its ${type} chunk at byte ${offset} does not match its checksum`);
    }
    yield { type, whole };
    offset = end;
  }
}

function textChunk(keyword: string, text: string): Uint8Array<ArrayBuffer> {
  const plain = /^[\n\x20-\x7e]*$/.test(text) && keyword !== 'XML:com.adobe.xmp';
  // iTXt: no compression, then an empty language tag and an empty translated keyword.
  const between = plain ? '\0' : '\0\0\0\0\0';
  return chunk(plain ? 'tEXt' : 'iTXt', new TextEncoder().encode(keyword + between + text));
}

function chunk(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

/** Text is null where it is compressed: this app writes none such. */
function readText(type: string, content: Uint8Array): [keyword: string, text: string | null] {
  const keywordEnd = content.indexOf(0);
  const keyword = keywordOf(content);
  if (type === 'tEXt') {
    return [keyword, new TextDecoder('latin1').decode(content.subarray(keywordEnd + 1))];
  }
  if (content[keywordEnd + 1] !== 0) return [keyword, null];
  const languageEnd = content.indexOf(0, keywordEnd + 3);
  const translatedEnd = content.indexOf(0, languageEnd + 1);
  return [keyword, new TextDecoder().decode(content.subarray(translatedEnd + 1))];
}

function keywordOf(content: Uint8Array): string {
  return new TextDecoder('latin1').decode(content.subarray(0, content.indexOf(0)));
}

/** CRC-32 of PNG, reflected polynomial 0xEDB88320. https://www.w3.org/TR/png-3/#5CRC-algorithm */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function unreadable(what: string) {
  return appError(
    'ImageUnreadable',
    `This file is not a whole PNG image: ${what}. Choose another file, or export the image again.`,
  );
}
