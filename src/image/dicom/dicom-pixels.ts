import type { DataSet, Element } from 'dicom-parser';
import { decodeInWorker } from './codec-worker';
import { unreadable, type DecodedImage, type Samples } from '../decoded-image';
import {
  decodeJpegLossless,
  decodeWithCodec,
  type CodecFrame,
  type CodecName,
  type FetchBytes,
} from './dicom-codecs';
import { interleave, widen422, ybrToRgb } from './dicom-colour';
import { bytesOf, type PixelLayout } from './dicom-header';
import { decodeRle } from './dicom-rle';
import { jpegSize } from '../read-bitmap';

type Decoder = 'raw' | 'raw-big-endian' | 'rle' | 'jpeg-lossless' | CodecName;

/** Transfer syntaxes that are read. DICOM PS3.5 annex A. */
const SYNTAXES: Record<string, Decoder> = {
  '1.2.840.10008.1.2': 'raw',
  '1.2.840.10008.1.2.1': 'raw',
  '1.2.840.10008.1.2.1.99': 'raw',
  '1.2.840.10008.1.2.2': 'raw-big-endian',
  '1.2.840.10008.1.2.5': 'rle',
  '1.2.840.10008.1.2.4.50': 'libjpeg-turbo',
  '1.2.840.10008.1.2.4.51': 'libjpeg-turbo',
  '1.2.840.10008.1.2.4.57': 'jpeg-lossless',
  '1.2.840.10008.1.2.4.70': 'jpeg-lossless',
  '1.2.840.10008.1.2.4.80': 'charls',
  '1.2.840.10008.1.2.4.81': 'charls',
  '1.2.840.10008.1.2.4.90': 'openjpeg',
  '1.2.840.10008.1.2.4.91': 'openjpeg',
  '1.2.840.10008.1.2.4.201': 'openjph',
  '1.2.840.10008.1.2.4.202': 'openjph',
  '1.2.840.10008.1.2.4.203': 'openjph',
};

type Pixels = Pick<DecodedImage, 'samples' | 'bits'>;

/** The samples of one frame: grey, palette indices, or RGB pixel after pixel. */
export async function readFrame(
  dataSet: DataSet,
  syntax: string,
  layout: PixelLayout,
  frame: number,
  fetchBytes?: FetchBytes,
): Promise<Pixels> {
  const decoder = SYNTAXES[syntax];
  if (!decoder) {
    throw unreadable(
      `This DICOM file is compressed in a way that is not read here (expected uncompressed, deflated, RLE, JPEG, JPEG-LS, ` +
        `JPEG 2000 or HTJ2K, got ${/^[\d.]{1,64}$/.test(syntax) ? syntax : 'no transfer syntax'}).`,
      'Convert it to an uncompressed one, then open it again.',
    );
  }
  if (dataSet.elements.x7fe00008) return floatPixels(dataSet, layout, frame);
  const element = dataSet.elements.x7fe00010;
  if (!element) {
    throw unreadable('This DICOM file has no pixels in it.', 'Choose a file with an image.');
  }
  if (decoder === 'raw' || decoder === 'raw-big-endian') {
    const bytes = rawFrame(dataSet, element, layout, frame);
    return finish(toSamples(bytes, layout, decoder === 'raw-big-endian'), layout, layout.planar);
  }
  const encoded = encapsulatedFrame(dataSet, element, layout.numFrames, frame);
  if (decoder === 'rle') {
    const { rows, columns, samplesPerPixel, bitsAllocated } = layout;
    const bytes = decodeRle(encoded, rows * columns, samplesPerPixel, bitsAllocated / 8);
    return finish(toSamples(bytes, layout, false), layout, false);
  }
  return compressed(decoder, encoded, layout, fetchBytes);
}

/** Bytes of one uncompressed frame; single bits are spread to bytes. */
function rawFrame(dataSet: DataSet, element: Element, layout: PixelLayout, frame: number) {
  const { rows, columns, samplesPerPixel, bitsAllocated } = layout;
  const halved = is422(layout);
  const count = rows * columns * (halved ? 2 : samplesPerPixel);
  const firstBit = frame * count * bitsAllocated;
  const start = element.dataOffset + Math.floor(firstBit / 8);
  const end = element.dataOffset + Math.ceil((firstBit + count * bitsAllocated) / 8);
  if (end > element.dataOffset + element.length || end > bytesOf(dataSet).length) {
    const got = Math.min(element.length, bytesOf(dataSet).length - element.dataOffset);
    throw unreadable(
      `This DICOM file is cut off (expected ${end - element.dataOffset} bytes of pixels up to frame ${frame + 1}, got ` +
        `${got}).`,
      'Choose another file, or export it again.',
    );
  }
  const bytes = bytesOf(dataSet).slice(start, end);
  if (bitsAllocated === 1) {
    return Uint8Array.from({ length: count }, (_, i) => {
      const bit = (firstBit % 8) + i;
      return (bytes[bit >> 3] >> (bit & 7)) & 1;
    });
  }
  return halved ? widen422(bytes) : bytes;
}

function is422({ photometric }: PixelLayout) {
  return photometric === 'YBR_FULL_422' || photometric === 'YBR_PARTIAL_422';
}

/** The fragments of one frame, joined. DICOM PS3.5 A.4. */
function encapsulatedFrame(
  dataSet: DataSet,
  element: Element,
  numFrames: number,
  frame: number,
): Uint8Array<ArrayBuffer> {
  const { fragments = [], basicOffsetTable = [] } = element;
  const [from, to] = [basicOffsetTable[frame] ?? 0, basicOffsetTable[frame + 1] ?? Infinity];
  const own =
    numFrames === 1
      ? fragments
      : fragments.length === numFrames
        ? [fragments[frame]]
        : basicOffsetTable.length === numFrames
          ? fragments.filter(({ offset }) => offset >= from && offset < to)
          : [];
  const length = own.reduce((sum, fragment) => sum + fragment.length, 0);
  const inside = own.every((one) => one.position + one.length <= bytesOf(dataSet).length);
  if (length === 0 || !inside) {
    throw unreadable(
      `The compressed pixels of frame ${frame + 1} of this DICOM file are missing or cut off.`,
      'Choose another file, or export it again.',
    );
  }
  const joined = new Uint8Array(length);
  let at = 0;
  for (const { position, length: bytes } of own) {
    joined.set(bytesOf(dataSet).subarray(position, position + bytes), at);
    at += bytes;
  }
  return joined;
}

async function compressed(
  decoder: CodecName | 'jpeg-lossless',
  encoded: Uint8Array<ArrayBuffer>,
  layout: PixelLayout,
  fetchBytes?: FetchBytes,
): Promise<Pixels> {
  checkCodestream(decoder, encoded, layout);
  let decoded: CodecFrame;
  try {
    decoded = fetchBytes
      ? await decodeHere(decoder, encoded, layout, fetchBytes)
      : await decodeInWorker(
          { codec: decoder, encoded, bits: layout.bitsAllocated },
          layout.rows * layout.columns * layout.samplesPerPixel,
        );
  } catch (error) {
    if (error instanceof Error && error.name === 'ImageUnreadable') throw error;
    throw unreadable(
      'The compressed pixels of this DICOM file are damaged or cut off.',
      'Choose another file, or export it again.',
      error,
    );
  }
  const { width, height, componentCount, bitsPerSample, bytes } = decoded;
  const expected = [layout.columns, layout.rows, layout.samplesPerPixel];
  const size = width * height * componentCount * (bitsPerSample > 8 ? 2 : 1);
  const got = [width, height, componentCount];
  if (expected.join() !== got.join() || bytes.length < size) throw disagrees(expected, got);
  const samples = toSamples(bytes.subarray(0, size), ofCodestream(layout, decoded), false);
  // The codecs undo their own colour transforms; JPEG-LS and JPEG Lossless have none.
  const isPlain = decoder === 'charls' || decoder === 'jpeg-lossless';
  const photometric = isPlain || layout.samplesPerPixel === 1 ? layout.photometric : 'RGB';
  return finish(samples, { ...layout, photometric }, decoded.planar);
}

function decodeHere(
  decoder: CodecName | 'jpeg-lossless',
  encoded: Uint8Array<ArrayBuffer>,
  { bitsAllocated }: PixelLayout,
  fetchBytes: FetchBytes,
): Promise<CodecFrame> {
  if (decoder === 'jpeg-lossless') return decodeJpegLossless(encoded, bitsAllocated);
  return decodeWithCodec(decoder, encoded, fetchBytes);
}

/** Sizes are compared before the decoder sees them: it would take the memory a lying code stream asks for. */
function checkCodestream(decoder: string, encoded: Uint8Array, layout: PixelLayout) {
  const is2000 = decoder === 'openjpeg' || decoder === 'openjph';
  const size = is2000 ? jpeg2000Size(encoded) : jpegSize(encoded);
  const expected = [layout.columns, layout.rows];
  const got = size ? [size.width, size.height] : [];
  if (expected.join() !== got.join()) throw disagrees(expected, got);
  if (decoder === 'libjpeg-turbo' && layout.bitsStored > 8) {
    throw unreadable(
      `This DICOM file holds a JPEG of ${layout.bitsStored} bits (expected 8).`,
      'Convert it to an uncompressed file, then open it again.',
    );
  }
}

/** The SIZ marker, right at the start of a code stream; a JP2 box around it is not allowed in DICOM. ISO 15444-1 A.5.1. */
function jpeg2000Size(encoded: Uint8Array) {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (encoded.length < 40 || view.getUint32(0) !== 0xff4fff51) return null;
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
  };
}

function disagrees(expected: number[], got: number[]): Error {
  return unreadable(
    `The header of this DICOM file and its compressed pixels disagree (expected ${expected.join(' × ')}, got ` +
      `${got.join(' × ') || 'no image'}).`,
    'It is damaged: choose another file.',
  );
}

/** What a code stream says of its samples counts, not what the header around it says. */
function ofCodestream(layout: PixelLayout, { bitsPerSample, isSigned }: CodecFrame): PixelLayout {
  const bits = Math.min(bitsPerSample, 16);
  // JPEG-LS and JPEG Lossless cannot say that their samples are signed; the header can.
  const signed = isSigned || layout.signed;
  return {
    ...layout,
    bitsAllocated: bits > 8 ? 16 : 8,
    bitsStored: signed && !isSigned ? layout.bitsStored : bits,
    highBit: (signed && !isSigned ? layout.bitsStored : bits) - 1,
    signed,
  };
}

/** Bytes to numbers: overlay bits outside the stored ones are dropped, signs extended. 32-bit integers become floats. */
export function toSamples(
  bytes: Uint8Array<ArrayBuffer>,
  layout: PixelLayout,
  bigEndian: boolean,
): Samples {
  const { bitsAllocated, bitsStored, highBit, signed } = layout;
  if (bitsAllocated === 1) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = bitsAllocated / 8;
  const length = Math.floor(bytes.length / step);
  const low = Math.max(0, highBit + 1 - bitsStored);
  const up = 32 - bitsStored;
  const samples =
    step === 4
      ? new Float32Array(length)
      : signed
        ? new Int16Array(length)
        : step === 1
          ? new Uint8Array(length)
          : new Uint16Array(length);
  for (let i = 0; i < length; i++) {
    const raw =
      step === 1
        ? bytes[i]
        : step === 2
          ? view.getUint16(i * 2, !bigEndian)
          : view.getUint32(i * 4, !bigEndian);
    const lifted = (raw >>> low) << up;
    samples[i] = signed ? lifted >> up : lifted >>> up;
  }
  return samples;
}

/** Float Pixel Data (7FE0,0008). */
function floatPixels(dataSet: DataSet, layout: PixelLayout, frame: number): Pixels {
  const element = dataSet.elements.x7fe00008;
  const whole = { ...layout, bitsAllocated: 32 };
  const bytes = rawFrame(dataSet, element, whole, frame);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = Float32Array.from({ length: bytes.length / 4 }, (_, i) =>
    view.getFloat32(i * 4, true),
  );
  return { samples, bits: 32 };
}

function finish(samples: Samples, layout: PixelLayout, planar: boolean): Pixels {
  const bits = samples instanceof Float32Array ? 32 : layout.bitsStored;
  if (layout.samplesPerPixel !== 3) return { samples, bits };
  if (!(samples instanceof Uint8Array || samples instanceof Uint16Array)) {
    throw unreadable('This DICOM file has colours with signs or fractions, which have no meaning.');
  }
  const mixed = planar && !is422(layout) ? interleave(samples) : samples;
  const isYbr = layout.photometric.startsWith('YBR') && mixed instanceof Uint8Array;
  return { samples: isYbr ? ybrToRgb(mixed) : mixed, bits };
}
