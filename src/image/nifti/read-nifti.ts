import type { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import {
  checkSize,
  MAX_BYTES,
  plainImage,
  unreadable,
  type DecodedImage,
  type Rescale,
  type Window,
} from '../decoded-image';
import { inflate, inflateHead, isGzip } from '../inflate';
import { isNifti2, orient, readAffine } from './nifti-axes';
import { VOXEL_TYPES, type VoxelType } from './nifti-voxels';

export type Plane = 'axial' | 'coronal' | 'sagittal';

/**
 * A NIfTI volume, as stored; axes are those of the patient: 0 to the right, 1 to the front, 2 to the head (RAS+),
 * the nearest of the file's own axes each.
 */
export interface Volume {
  /** Voxels along each axis. */
  shape: [number, number, number];
  /** Millimetres between voxels along each axis, null where the file says nothing that makes sense. */
  spacing: [number, number, number] | null;
  /** Of time, or whatever the further axes mean. */
  numVolumes: number;
  rescale: Rescale;
  windows: Window[];
  warnings: string[];
  /** The file says nothing that makes sense of its axes, or not how far its voxels are apart. */
  axesGuessed: boolean;
  /** Voxel (0, 0, 0) of the patient's axes, and steps along them, in voxels of the file. */
  first: number;
  strides: [number, number, number];
  type: VoxelType;
  littleEndian: boolean;
  /** The voxels, as in the file. */
  view: DataView;
}

/** Millimetres of NIfTI's spatial units: unknown is taken for millimetres. */
const MILLIMETRES: Record<number, number> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };

/** As much as the longer of both headers takes. */
const HEAD_BYTES = 544;
/** What may follow the voxels, or a packed file is taken for one made to flood. */
const MAX_TRAILING_BYTES = 2 ** 20;

/** Opens a NIfTI-1 or -2 volume in one file (.nii, .nii.gz); free text of its header is not kept. */
export async function openNifti(file: Uint8Array<ArrayBuffer>): Promise<Volume> {
  if (!isGzip(file)) return describe(await readHead(file), new DataView(file.slice().buffer));
  // The header says how much is to come, before it is unpacked.
  const header = await readHead(await inflateHead(file, 'gzip', HEAD_BYTES));
  const { offset, bytes } = readPlace(header);
  const limit = Math.min(offset + bytes + MAX_TRAILING_BYTES, MAX_BYTES);
  const whole = await inflate(file, 'gzip', limit, 'This NIfTI file');
  return describe(header, new DataView(whole.buffer));
}

async function readHead(bytes: Uint8Array<ArrayBuffer>): Promise<NIFTI1 | NIFTI2> {
  const { isNIFTI, isNIFTI2, readHeader } = await import('nifti-reader-js');
  const head = bytes.slice(0, HEAD_BYTES);
  const { buffer } = head;
  if (bytes.length < 348 || !isNIFTI(buffer)) {
    throw unreadable(
      'This file is no NIfTI volume in one file, or it is cut off (expected a header of 348 bytes that ends in n+1).',
      'A pair of .hdr and .img must be converted to a .nii first.',
    );
  }
  // "There are extensions": nobody needs them, they are free text, and they lie further on.
  head.fill(0, isNIFTI2(buffer) ? 540 : 348, isNIFTI2(buffer) ? 544 : 352);
  try {
    return readHeader(buffer);
  } catch (error) {
    throw unreadable('The header of this NIfTI file is damaged.', undefined, error);
  }
}

/** Where the voxels lie, and how many of what kind there are. */
function readPlace(header: NIFTI1 | NIFTI2) {
  const type = VOXEL_TYPES[header.datatypeCode];
  if (!type) {
    throw unreadable(
      `This NIfTI file holds voxels of type ${header.datatypeCode} (expected whole numbers, floats or RGB).`,
      'Convert it to one of these.',
    );
  }
  const { dims, numVolumes } = readDims(header);
  const offset = voxelOffset(header);
  const bytes = dims[0] * dims[1] * dims[2] * numVolumes * type.bytes;
  if (offset >= 348 && offset + bytes <= MAX_BYTES)
    return { dims, numVolumes, type, offset, bytes };
  throw unreadable(
    `This NIfTI file says that ${bytes} bytes of voxels begin at byte ${offset} (expected a place behind the header and at ` +
      `most ${MAX_BYTES} bytes).`,
    'Choose a smaller one, or the file may be damaged or cut off.',
  );
}

/** Behind the header and the word after it, where the file leaves the place open by a 0. */
function voxelOffset(header: NIFTI1 | NIFTI2): number {
  const offset = Number(header.vox_offset);
  if (offset !== 0) return offset;
  return isNifti2(header) ? 544 : 352;
}

function describe(header: NIFTI1 | NIFTI2, whole: DataView<ArrayBuffer>): Volume {
  const { dims, numVolumes, type, offset, bytes } = readPlace(header);
  if (offset + bytes > whole.byteLength) {
    throw unreadable(
      `This NIfTI file is cut off (expected ${bytes} bytes of voxels from byte ${offset}, got ${whole.byteLength} bytes in ` +
        'all).',
      'Choose another file, or export it again.',
    );
  }
  const warnings: string[] = [];
  if (numVolumes > 1) {
    warnings.push(
      `This file holds ${numVolumes} volumes, one after the other; the first is shown.`,
    );
  }
  const said = warnings.length;
  const affine = readAffine(header, whole, warnings);
  const axesGuessed = warnings.length > said;
  return {
    ...orient(affine, dims, MILLIMETRES[header.xyzt_units & 7] ?? 1),
    numVolumes,
    ...readValues(header, warnings),
    warnings,
    axesGuessed,
    type,
    littleEndian: header.littleEndian,
    view: new DataView(whole.buffer, offset, bytes),
  };
}

/** A size of 0 or less behind the third is 1, as in nifti1_io.c: tools write a rank of 4 and no fourth size. */
function readDims(header: NIFTI1 | NIFTI2) {
  const [rank, ...sizes] = header.dims.map(Number);
  const own = sizes.slice(0, rank).map((n, i) => (i > 2 && n <= 0 ? 1 : n));
  const wrong = !(rank >= 1 && rank <= 7) || own.some((n) => !Number.isInteger(n) || n < 1);
  if (wrong) {
    throw unreadable(
      `This NIfTI file says it has the size ${own.join(' × ')}, which none can have.`,
    );
  }
  const [x, y = 1, z = 1, ...further] = own;
  const numVolumes = further.reduce((product, n) => product * n, 1);
  for (const [a, b] of [
    [x, y],
    [x, z],
    [y, z],
  ])
    checkSize('A slice of this NIfTI file', a, b);
  return { dims: [x, y, z] as [number, number, number], numVolumes };
}

/** A slope of 0 or no number means none; with a slope, an intercept that is no number is 0, as in nifti1_io.c. */
function readValues(
  header: NIFTI1 | NIFTI2,
  warnings: string[],
): { rescale: Rescale; windows: Window[] } {
  const { scl_slope: slope, scl_inter: intercept, cal_min: low, cal_max: high } = header;
  const scaled = Number.isFinite(slope) && slope !== 0;
  if (scaled && !Number.isFinite(intercept)) {
    warnings.push('The intercept of its values is no number; 0 is taken for it.');
  }
  const added = scaled && Number.isFinite(intercept) ? intercept : 0;
  const shown = Number.isFinite(low) && Number.isFinite(high) && high > low;
  return {
    rescale: { slope: scaled ? slope : 1, intercept: added, unit: null },
    windows: shown ? [{ centre: (low + high) / 2, width: high - low, shape: 'LINEAR_EXACT' }] : [],
  };
}

/** Axes of a plane's columns, rows and slices. */
const PLANE_AXES: Record<Plane, [number, number, number]> = {
  axial: [0, 1, 2],
  coronal: [0, 2, 1],
  sagittal: [1, 2, 0],
};

/** Slices of a volume along a plane. */
export function numSlices({ shape }: Volume, plane: Plane): number {
  return shape[PLANE_AXES[plane][2]];
}

/**
 * One slice as radiology shows it: the first row is superior (axial: anterior), the first column the patient's right
 * (sagittal: anterior). `index` counts from the left, back or feet; `time` selects one of `numVolumes`.
 */
export function sliceOf(volume: Volume, plane: Plane, index: number, time = 0): DecodedImage {
  const { shape, strides, spacing, type, view, littleEndian } = volume;
  const [columnAxis, rowAxis, sliceAxis] = PLANE_AXES[plane];
  const [width, height] = [shape[columnAxis], shape[rowAxis]];
  if (!(index >= 0 && index < shape[sliceAxis] && time >= 0 && time < volume.numVolumes)) {
    throw unreadable(
      `Slice ${index + 1} of volume ${time + 1} does not exist (expected 1 to ${shape[sliceAxis]} of 1 to ` +
        `${volume.numVolumes}).`,
      'Choose one of these.',
    );
  }
  const samples = type.create(width * height * type.channels);
  const origin = volume.first + index * strides[sliceAxis] + time * shape[0] * shape[1] * shape[2];
  for (let i = 0; i < samples.length; i++) {
    const pixel = Math.floor(i / type.channels);
    const [column, row] = [width - 1 - (pixel % width), height - 1 - Math.floor(pixel / width)];
    const voxel = origin + column * strides[columnAxis] + row * strides[rowAxis];
    samples[i] = type.read(view, voxel * type.bytes + (i % type.channels), littleEndian);
  }
  return {
    ...plainImage(width, height, type.channels, samples, type.bits, volume.warnings),
    rescale: volume.rescale,
    windows: volume.windows,
    spacing: spacing && { x: spacing[columnAxis], y: spacing[rowAxis] },
    numFrames: shape[sliceAxis],
    frame: index,
  };
}
