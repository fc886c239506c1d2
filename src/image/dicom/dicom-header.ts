import type { DataSet } from 'dicom-parser';
import {
  credibleSpacing,
  unreadable,
  type Padding,
  type Rescale,
  type Window,
  type WindowShape,
} from '../decoded-image';
import { readVoiTables } from './dicom-tables';
import { KEPT_TAGS, OFTEN_BURNED_IN, RESCALE_UNITS, SECONDARY_CAPTURE } from './dicom-tags';

/** How the pixels of all frames are stored. DICOM PS3.3 C.7.6.3. */
export interface PixelLayout {
  rows: number;
  columns: number;
  samplesPerPixel: number;
  photometric: string;
  planar: boolean;
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  signed: boolean;
  numFrames: number;
}

/** All bytes of the file; the library types them with Node's Buffer too, which no browser has. */
export function bytesOf(dataSet: DataSet): Uint8Array {
  return dataSet.byteArray as Uint8Array;
}

/** Reads the layout; refuses what it cannot be. */
export function readLayout(dataSet: DataSet): PixelLayout {
  const number = (tag: string, otherwise?: number) => {
    const value = dataSet.uint16(tag) ?? otherwise;
    if (value !== undefined) return value;
    throw unreadable(
      `This DICOM file has no picture in it that can be read (expected the tag (${tag.slice(1, 5)},${tag.slice(5)}), ` +
        'got none).',
      'Choose a file with an image.',
    );
  };
  const bitsAllocated = number('x00280100');
  const bitsStored = number('x00280101', bitsAllocated);
  const layout = {
    rows: number('x00280010'),
    columns: number('x00280011'),
    samplesPerPixel: number('x00280002', 1),
    photometric: dataSet.string('x00280004') ?? 'MONOCHROME2',
    planar: number('x00280006', 0) === 1,
    bitsAllocated,
    bitsStored,
    highBit: number('x00280102', bitsStored - 1),
    signed: number('x00280103', 0) === 1,
    numFrames: readNumFrames(dataSet),
  };
  checkLayout(layout);
  return layout;
}

function readNumFrames(dataSet: DataSet): number {
  const text = dataSet.string('x00280008') ?? '1';
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count < 2 ** 20) return count;
  throw unreadable(
    'This DICOM file has an impossible number of frames (expected 1 to 1,048,575).',
    'It may be damaged: choose another file.',
  );
}

function checkLayout({ samplesPerPixel, bitsAllocated, bitsStored, highBit }: PixelLayout) {
  const known = [1, 8, 16, 32].includes(bitsAllocated) && [1, 3].includes(samplesPerPixel);
  if (known && bitsStored >= 1 && bitsStored <= bitsAllocated && highBit < bitsAllocated) return;
  throw unreadable(
    `This DICOM file stores ${samplesPerPixel} samples a pixel with ${bitsStored} of ${bitsAllocated} bits (expected 1 or ` +
      '3 samples with up to 1, 8, 16 or 32 bits).',
    'Convert it to one of these, then open it again.',
  );
}

/** The data sets that may speak of a frame: its own functional groups, those all frames share, the file. PS3.3 C.7.6.16. */
function scopes(dataSet: DataSet, frame: number, macro: string): DataSet[] {
  const inItem = (groups: string, index: number) =>
    dataSet.elements[groups]?.items?.[index]?.dataSet?.elements[macro]?.items?.[0]?.dataSet;
  return [inItem('x52009230', frame), inItem('x52009229', 0), dataSet].filter(
    (scope) => scope !== undefined,
  );
}

/** Rescale Slope, Intercept and Type; a slope of 0 or no number is taken for 1. PS3.3 C.11.1.1.2. */
export function readRescale(dataSet: DataSet, frame: number): Rescale {
  const scope = scopes(dataSet, frame, 'x00289145').find((one) => one.elements.x00281053);
  const slope = scope?.floatString('x00281053');
  const intercept = scope?.floatString('x00281052');
  if (!scope || !Number.isFinite(slope) || !slope || !Number.isFinite(intercept)) {
    return { slope: 1, intercept: 0, unit: null };
  }
  const type = scope.string('x00281054');
  const imageType = dataSet.string('x00080008') ?? '';
  const isCt = dataSet.string('x00080060') === 'CT' && !/LOCALIZER/.test(imageType);
  const unit = type === undefined ? (isCt ? 'HU' : null) : (RESCALE_UNITS[type] ?? null);
  return { slope, intercept: intercept!, unit };
}

/**
 * Tables of grey values (VOI LUT), then pairs of Window Center and Width, as many as there are; widths that no window has
 * are left out. `signed`: of the values that they are laid over.
 */
export function readWindows(dataSet: DataSet, frame: number, signed: boolean): Window[] {
  const where = scopes(dataSet, frame, 'x00289132');
  const tables = where.find((one) => one.elements.x00283010?.items?.length);
  const pairs = where.find((one) => one.elements.x00281050);
  return [...(tables ? readVoiTables(tables, signed) : []), ...(pairs ? readPairs(pairs) : [])];
}

function readPairs(scope: DataSet): Window[] {
  const named = scope.string('x00281056');
  const shape: WindowShape = named === 'LINEAR_EXACT' || named === 'SIGMOID' ? named : 'LINEAR';
  const lowest = shape === 'LINEAR' ? 1 : Number.MIN_VALUE;
  const count = Math.min(scope.numStringValues('x00281050') ?? 0, 16);
  return Array.from({ length: count }, (_, i) => ({
    centre: scope.floatString('x00281050', i) ?? NaN,
    width: scope.floatString('x00281051', i) ?? NaN,
    shape,
  })).filter(({ centre, width }) => Number.isFinite(centre) && width >= lowest && width < 2 ** 33);
}

/** Pixel Spacing, or the detector's where there is none: row distance first in the file. PS3.3 10.7.1.3. */
export function readSpacing(dataSet: DataSet, frame: number) {
  for (const scope of scopes(dataSet, frame, 'x00289110')) {
    const tag = ['x00280030', 'x00181164', 'x00182010'].find((one) => scope.elements[one]);
    if (!tag) continue;
    return credibleSpacing(scope.floatString(tag, 1) ?? NaN, scope.floatString(tag, 0) ?? NaN);
  }
  return null;
}

/** Pixel Aspect Ratio (0028,0034), vertical\horizontal: a pixel's height over its width; absent where it is square or incredible. */
export function readPixelRatio(dataSet: DataSet): number | undefined {
  const [tall, wide] = [0, 1].map((i) => dataSet.floatString('x00280034', i) ?? NaN);
  const ratio = tall / wide;
  return tall > 0 && wide > 0 && ratio !== 1 && ratio <= 100 && ratio >= 0.01 ? ratio : undefined;
}

/** Pixel Padding Value and the other end of its range (0028,0120/0121), for grey images. PS3.3 C.7.5.1.1.2. */
export function readPadding(dataSet: DataSet, layout: PixelLayout): Padding | undefined {
  if (layout.samplesPerPixel !== 1 || !layout.photometric.startsWith('MONO')) return undefined;
  const read = (tag: string) => (layout.signed ? dataSet.int16(tag) : dataSet.uint16(tag));
  const value = read('x00280120');
  if (value === undefined) return undefined;
  const limit = read('x00280121') ?? value;
  return { low: Math.min(value, limit), high: Math.max(value, limit) };
}

/** The values of the whitelist, name → value. Nothing else of a header leaves this folder. */
export function readFacts(dataSet: DataSet): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const { tag, name, keep } of KEPT_TAGS) {
    const value = keep(dataSet.string(tag)?.toUpperCase() ?? '');
    if (value !== null && !(name in facts)) facts[name] = value;
  }
  return facts;
}

/** What a user must know of this file, in whole sentences. */
export function readWarnings(dataSet: DataSet, facts: Record<string, string>): string[] {
  const warnings: string[] = [];
  const often =
    OFTEN_BURNED_IN.has(facts.modality) ||
    SECONDARY_CAPTURE.test(dataSet.string('x00080016') ?? '');
  if (facts.burnedInAnnotation === 'YES') {
    warnings.push(
      'The file says that text is drawn into its pixels (Burned In Annotation: YES), which may name a patient. Look at ' +
        'every corner before you use it.',
    );
  } else if (facts.burnedInAnnotation !== 'NO' && often) {
    warnings.push(
      'Images of this kind often have text drawn into their pixels, which may name a patient, and the file does not say ' +
        'that it has none. Look at every corner before you use it.',
    );
  }
  const ratio = readPixelRatio(dataSet);
  if (ratio !== undefined && !readSpacing(dataSet, 0)) {
    warnings.push(
      `Its pixels are not square (each is ${Number(ratio.toPrecision(4))} times as high as wide); it is drawn in its true ` +
        'proportions.',
    );
  }
  if (facts.lossyCompression === '01') {
    warnings.push('It was compressed with loss at some time.');
  }
  return warnings;
}
