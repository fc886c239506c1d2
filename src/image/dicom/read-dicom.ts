import type { DataSet } from 'dicom-parser';
import { checkSize, MAX_BYTES, plainImage, unreadable, type DecodedImage } from '../decoded-image';
import type { FetchBytes } from './dicom-codecs';
import {
  readFacts,
  readLayout,
  readPadding,
  readPixelRatio,
  readRescale,
  readSpacing,
  readWarnings,
  readWindows,
  type PixelLayout,
} from './dicom-header';
import { applyPalette } from './dicom-colour';
import { readFrame } from './dicom-pixels';
import { withPreamble } from './dicom-preamble';
import { readModalityTable, throughTable } from './dicom-tables';
import { inflate, inflateHead } from '../inflate';

const DEFLATED = '1.2.840.10008.1.2.1.99';
/** Of a deflated file so much is unpacked first, to see how large its pixels are. */
const HEAD_BYTES = 2 ** 20;
/** What a deflated file may hold besides its pixels; all it may hold where its header is longer than a head. */
const MAX_REST_BYTES = 2 ** 24;
const DAMAGED = 'It is damaged or cut off: choose another file, or export it again.';

/** A DICOM file with its header read; frames are decoded when they are asked for. */
export interface OpenDicom {
  numFrames: number;
  readFrame(frame: number): Promise<DecodedImage>;
}

/**
 * Opens a DICOM file (PS3.10). Of its header only pixel descriptions and the whitelist of dicom-tags.ts are ever kept;
 * the rest is gone with the bytes.
 */
export async function openDicom(
  bytes: Uint8Array<ArrayBuffer>,
  fetchBytes?: FetchBytes,
): Promise<OpenDicom> {
  const { dataSet, syntax } = await parse(bytes);
  const layout = read(() => readLayout(dataSet));
  checkSize('This DICOM file', layout.columns, layout.rows, layout.samplesPerPixel);
  return {
    numFrames: layout.numFrames,
    readFrame: async (frame) => {
      if (!Number.isInteger(frame) || frame < 0 || frame >= layout.numFrames) {
        throw unreadable(
          `Frame ${frame + 1} does not exist (expected 1 to ${layout.numFrames}).`,
          'Choose one of these.',
        );
      }
      const pixels = await readFrame(dataSet, syntax, layout, frame, fetchBytes).catch(
        (error: unknown) => {
          throw named(error);
        },
      );
      return read(() => describe(dataSet, layout, frame, pixels));
    },
  };
}

async function parse(file: Uint8Array<ArrayBuffer>) {
  const bytes = withPreamble(file);
  const dicomParser = (await import('dicom-parser')).default;
  const head = read(() => dicomParser.readPart10Header(bytes));
  const syntax = read(() => head.string('x00020010')) ?? '';
  const parseWith = (inflated?: Uint8Array, untilTag?: string) =>
    read(() => dicomParser.parseDicom(bytes, { inflater: () => inflated, untilTag }));
  if (syntax !== DEFLATED) return { dataSet: parseWith(), syntax };
  const rest = bytes.slice((head as DataSet & { position: number }).position);
  const start = await inflateHead(rest, 'deflate-raw', HEAD_BYTES);
  const limit = MAX_REST_BYTES + pixelBytes(() => parseWith(start, 'x7fe00010'));
  const inflated = await inflate(rest, 'deflate-raw', limit, 'This DICOM file');
  return { dataSet: parseWith(inflated), syntax };
}

/** 0 where the head does not say: a few kilobytes that would unpack to gigabytes must say so first. */
function pixelBytes(parseHead: () => DataSet): number {
  try {
    const { rows, columns, samplesPerPixel, bitsAllocated, numFrames } = readLayout(parseHead());
    const bits = rows * columns * samplesPerPixel * numFrames * bitsAllocated;
    return Math.min(Math.ceil(bits / 8), MAX_BYTES - MAX_REST_BYTES);
  } catch {
    return 0;
  }
}

/** dicom-parser throws strings, objects and RangeErrors where bytes make no sense. */
function read<T>(parser: () => T): T {
  try {
    return parser();
  } catch (error) {
    throw named(error);
  }
}

function named(error: unknown): Error {
  if (error instanceof Error && error.name === 'ImageUnreadable') return error;
  return unreadable('This DICOM file cannot be read to its end.', DAMAGED, error);
}

function describe(
  dataSet: DataSet,
  layout: PixelLayout,
  frame: number,
  pixels: Pick<DecodedImage, 'samples' | 'bits'>,
): DecodedImage {
  const { columns, rows, samplesPerPixel, photometric } = layout;
  const facts = readFacts(dataSet);
  const isPalette = photometric === 'PALETTE COLOR';
  const channels = isPalette || samplesPerPixel === 3 ? 3 : 1;
  const grey = channels === 1 ? describeGrey(dataSet, layout, frame, pixels) : {};
  const samples = isPalette ? applyPalette(dataSet, pixels.samples, layout.signed) : pixels.samples;
  return {
    ...plainImage(columns, rows, channels, samples, isPalette ? 8 : pixels.bits),
    ...grey,
    spacing: readSpacing(dataSet, frame),
    pixelRatio: readPixelRatio(dataSet),
    facts,
    warnings: readWarnings(dataSet, facts),
    numFrames: layout.numFrames,
    frame,
  };
}

/** What the samples of a grey image mean: through the file's table, or by its slope and intercept. */
function describeGrey(
  dataSet: DataSet,
  layout: PixelLayout,
  frame: number,
  { samples }: Pick<DecodedImage, 'samples'>,
): Partial<DecodedImage> {
  const photometric = layout.photometric === 'MONOCHROME1' ? 'MONOCHROME1' : 'MONOCHROME2';
  const padding = readPadding(dataSet, layout);
  const modality = readModalityTable(dataSet, layout.signed);
  if (modality) {
    const { table, unit } = modality;
    return {
      photometric,
      samples: throughTable(samples, table, padding),
      bits: padding ? 32 : Math.max(table.bits, 8),
      rescale: { slope: 1, intercept: 0, unit },
      windows: readWindows(dataSet, frame, false),
    };
  }
  const rescale = readRescale(dataSet, frame);
  const signed = layout.signed || rescale.intercept < 0;
  return { photometric, rescale, padding, windows: readWindows(dataSet, frame, signed) };
}
