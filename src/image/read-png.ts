import { convertIndexedToRgb, decode, type DecodedPng } from 'fast-png';
import { checkSize, plainImage, unreadable, type DecodedImage } from './decoded-image';
import { readOrientation, upright } from './exif';
import { inflate } from './inflate';
import { crc32, PNG_SIGNATURE } from './png';

/** What the picture needs; text, profiles and animations are left out, compressed bombs in them too. */
const NEEDED = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'];
/** Bits of a pixel over its depth, by PNG's colour type. https://www.w3.org/TR/png-3/#6Colour-values */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Record<number, number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const DAMAGED = 'Choose another file, or export the image again.';
const TRANSPARENT = 'Parts of this image are transparent; they are laid over black.';

interface Header {
  width: number;
  height: number;
  depth: number;
  colourType: number;
  interlaced: boolean;
}

/**
 * Any PNG as it is stored: grey and RGB, 8 and 16 bit; fewer bits become 8 without being stretched, palettes become RGB,
 * transparency is laid over black, and what is said to lie on its side stands upright.
 */
export async function readPng(bytes: Uint8Array<ArrayBuffer>): Promise<DecodedImage> {
  const all = pngChunks(bytes);
  const chunks = all.filter(({ type }) => NEEDED.includes(type));
  const header = readHeader(chunks[0]);
  await checkPixels(header, chunks);
  const lean = await new Blob([PNG_SIGNATURE, ...chunks.map(({ whole }) => whole)]).arrayBuffer();
  let png: DecodedPng;
  try {
    png = decode(lean);
  } catch (error) {
    throw unreadable(`This PNG is damaged: ${(error as Error).message}.`, DAMAGED, error);
  }
  const exif = all.find(({ type }) => type === 'eXIf')?.content;
  const orientation = exif && readOrientation(exif, 0, exif.length);
  return upright(toImage(png, header), orientation?.value ?? 1);
}

interface Chunk {
  type: string;
  content: Uint8Array<ArrayBuffer>;
  /** With length, type and checksum. */
  whole: Uint8Array<ArrayBuffer>;
}

function pngChunks(bytes: Uint8Array<ArrayBuffer>): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let offset = PNG_SIGNATURE.length; chunks.at(-1)?.type !== 'IEND';) {
    const length = offset + 12 <= bytes.length ? view.getUint32(offset) : Infinity;
    const end = offset + 12 + length;
    if (end > bytes.length) {
      throw unreadable(
        `This PNG is cut off (expected a chunk up to byte ${end}, got ${bytes.length} bytes).`,
        DAMAGED,
      );
    }
    const whole = bytes.subarray(offset, end);
    const type = String.fromCharCode(...whole.subarray(4, 8));
    const expected = view.getUint32(end - 4);
    if (NEEDED.includes(type) && crc32(whole.subarray(4, -4)) !== expected) {
      throw unreadable(
        `This PNG is damaged: its ${type} chunk at byte ${offset} does not match its checksum.`,
        DAMAGED,
      );
    }
    chunks.push({ type, content: whole.subarray(8, -4), whole });
    offset = end;
  }
  return chunks;
}

function readHeader({ type, content }: Chunk): Header {
  if (type !== 'IHDR' || content.length !== 13) {
    throw unreadable(
      `This PNG is damaged (expected it to begin with a header, got ${type}).`,
      DAMAGED,
    );
  }
  const view = new DataView(content.buffer, content.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, , , interlace] = content.subarray(8);
  if (!DEPTHS[colourType]?.includes(depth)) {
    throw unreadable(
      `This PNG has colour type ${colourType} with ${depth} bits, which no PNG may.`,
      DAMAGED,
    );
  }
  checkSize('This PNG', width, height, CHANNELS[colourType]);
  if (interlace && depth < 8) {
    throw unreadable(
      `This PNG is interlaced with ${depth} bits a sample (expected 8 or 16 bits, or no interlacing).`,
      'Save it without interlacing, then open it again.',
    );
  }
  return { width, height, depth, colourType, interlaced: interlace === 1 };
}

/** That the compressed pixels are exactly as many as the header promises: the decoder would take more, or fewer. */
async function checkPixels(header: Header, chunks: Chunk[]) {
  const data = chunks.filter(({ type }) => type === 'IDAT').map(({ content }) => content);
  const packed = new Uint8Array(await new Blob(data).arrayBuffer());
  const expected = pixelBytes(header);
  const { length } = await inflate(packed, 'deflate', expected, 'The pixel data of this PNG');
  if (length !== expected) {
    throw unreadable(
      `This PNG is damaged (expected ${expected} bytes of pixels, got ${length}).`,
      DAMAGED,
    );
  }
}

/** Bytes of filtered rows, a filter byte before each; Adam7 has seven passes. https://www.w3.org/TR/png-3/#8Interlace */
function pixelBytes({ width, height, depth, colourType, interlaced }: Header): number {
  const bits = depth * CHANNELS[colourType];
  const passes = interlaced
    ? [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
      ]
    : [[0, 0, 1, 1]];
  return passes.reduce((sum, [left, top, stepX, stepY]) => {
    const columns = Math.max(0, Math.ceil((width - left) / stepX));
    const rows = Math.max(0, Math.ceil((height - top) / stepY));
    return columns === 0 ? sum : sum + rows * (1 + Math.ceil((columns * bits) / 8));
  }, 0);
}

function toImage(png: DecodedPng, { colourType }: Header): DecodedImage {
  const { width, height, depth } = png;
  if (png.palette) return paletteImage(png);
  const data = depth < 8 ? unpackBits(png) : (png.data as Uint8Array | Uint16Array);
  const channels = png.channels >= 3 ? 3 : 1;
  const image =
    channels === png.channels
      ? plainImage(width, height, channels, data, depth)
      : overBlack(width, height, data, png.channels, depth);
  const key = colourType === 0 || colourType === 2 ? png.transparency : undefined;
  return withWholeRange(key ? keyOverBlack(image, key) : image);
}

/** One colour that stands for "nothing here" (tRNS), laid over black. */
function keyOverBlack(image: DecodedImage, key: ArrayLike<number>): DecodedImage {
  const { channels } = image;
  const samples = image.samples.slice();
  let found = false;
  for (let at = 0; at < samples.length; at += channels) {
    let same = true;
    for (let c = 0; c < channels; c++) same &&= image.samples[at + c] === key[c];
    if (same) samples.fill(0, at, at + channels);
    found ||= same;
  }
  return { ...image, samples, warnings: found ? [TRANSPARENT] : [] };
}

/** 16 bits of a PNG go from black to white as 8 do: what they are of, it does not say, so nothing is stretched. */
function withWholeRange(image: DecodedImage): DecodedImage {
  if (image.bits <= 8 || image.channels === 3) return image;
  const top = 2 ** image.bits - 1;
  return { ...image, windows: [{ centre: top / 2, width: top, shape: 'LINEAR_EXACT' }] };
}

function paletteImage(png: DecodedPng): DecodedImage {
  const { width, height } = png;
  const flat = convertIndexedToRgb(png) as Uint8Array;
  const channels = flat.length / (width * height);
  if (channels === 3) return plainImage(width, height, 3, flat, 8);
  return overBlack(width, height, flat, 4, 8);
}

/** Rows of packed samples, each beginning at a whole byte, to one byte a sample. */
function unpackBits({ width, height, depth, data }: DecodedPng): Uint8Array {
  const samples = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  const mask = (1 << depth) - 1;
  for (let i = 0; i < samples.length; i++) {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * rowBytes + (bit >> 3)];
    samples[i] = (byte >> (8 - depth - (bit & 7))) & mask;
  }
  return samples;
}

/** Colour · alpha: [height · width · (1 or 3, and alpha last)] to the same without alpha. */
export function overBlack(
  width: number,
  height: number,
  data: Uint8Array | Uint8ClampedArray | Uint16Array,
  channelsWithAlpha: number,
  bits: number,
): DecodedImage {
  const channels = channelsWithAlpha === 4 ? 3 : 1;
  const length = width * height * channels;
  const samples = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  const opaque = 2 ** bits - 1;
  let transparent = false;
  for (let i = 0; i < length; i++) {
    const pixel = Math.floor(i / channels) * channelsWithAlpha;
    const alpha = data[pixel + channels];
    transparent ||= alpha !== opaque;
    samples[i] = Math.round((data[pixel + (i % channels)] * alpha) / opaque);
  }
  return plainImage(width, height, channels, samples, bits, transparent ? [TRANSPARENT] : []);
}
