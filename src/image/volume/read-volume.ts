import type { VolumeFacts } from '../../models/manifest/manifest';
import { unreadable } from '../decoded-image';
import { placeOf } from './voxel-place';
import { openGrid, type LaidGrid, type VoxelGrid } from './volume-grid';

/** A volume from a file, as a model's encoder wants it. */
export interface VolumeSource {
  /** Grey, [x][y][z] at the model's size. */
  voxels: Uint8Array<ArrayBuffer>;
  /** Volumes in the file, and which one this is, from 0. */
  numFrames: number;
  frame: number;
  /** What was done to it, in whole sentences. */
  notes: string[];
}

/** Of the model's sides: a volume beyond these shows another part of the body than the model knows. */
const [LEAST, MOST] = [0.5, 1.25];
/** Share of the voxels that become black, and white, where values are no bytes: as in training. */
const CLIPPED = 0.005;

/**
 * A NIfTI volume at the model's spacing and size, its middle in the middle; edges are repeated where it is smaller, and cut where it
 * is larger. Bytes stay as they are, other values are clipped at their 0.5 and 99.5 percentile. `beside`: where its label map lies,
 * whose grid it must have; it is laid so too. Throws `ImageUnreadable`.
 */
export async function readVolume(
  file: Blob,
  facts: VolumeFacts,
  frame = 0,
  beside?: LaidGrid,
): Promise<VolumeSource> {
  const grid = await openGrid(file, facts, frame);
  checkSides(grid, facts);
  if (beside) checkGrid(grid, beside);
  const middle = facts.size.map((n, axis) => Math.floor(grid.shape[axis] / 2) - n / 2);
  const [values, sizeNotes] = framed(grid, facts.size, beside?.start ?? middle);
  const [low, high] = grid.isBytes ? [0, 255] : clipRange(values);
  const voxels = Uint8ClampedArray.from(values, (value) => ((value - low) / (high - low)) * 255);
  return {
    voxels: new Uint8Array(voxels.buffer),
    numFrames: grid.numFrames,
    frame,
    notes: [...grid.notes, ...sizeNotes],
  };
}

function checkSides({ shape }: VoxelGrid, { size, spacingMm }: VolumeFacts) {
  const fits = shape.every((n, axis) => n >= LEAST * size[axis] && n <= MOST * size[axis]);
  if (fits) return;
  const mm = (voxels: readonly number[]) =>
    voxels.map((n, axis) => Math.round(n * spacingMm[axis])).join(' × ');
  throw unreadable(
    `This volume measures ${mm(shape)} mm (expected ${mm(size.map((n) => n * LEAST))} to ${mm(size.map((n) => n * MOST))} mm, ` +
      'what the model draws and little more).',
    'Cut it out of the volume around it.',
  );
}

function checkGrid({ shape }: VoxelGrid, beside: LaidGrid) {
  if (shape.join() === beside.shape.join()) return;
  throw unreadable(
    `This volume measures ${shape.join(' × ')} voxels and its label map ${beside.shape.join(' × ')} (expected one grid).`,
    'Resample one to the other, or leave the label map out.',
  );
}

/** The grid's values in the model's frame. */
function framed(
  { shape, linear }: VoxelGrid,
  size: VolumeFacts['size'],
  start: readonly number[],
): [values: Float32Array, notes: string[]] {
  const inside = (i: number, axis: number) =>
    Math.min(Math.max(i + start[axis], 0), shape[axis] - 1);
  const values = new Float32Array(size[0] * size[1] * size[2]);
  for (let i = 0; i < values.length; i++) {
    const [x, y, z] = placeOf(i, size);
    values[i] = linear(inside(x, 0), inside(y, 1), inside(z, 2));
  }
  const cut = shape.some((n, axis) => n > size[axis]);
  const repeated = shape.some((n, axis) => n < size[axis]);
  const wide = `${shape.join(' × ')} voxels, the model draws ${size.join(' × ')}`;
  return [
    values,
    [
      ...(cut ? [`What lies outside the middle was cut off: ${wide}.`] : []),
      ...(repeated ? [`Its edges were repeated: ${wide}.`] : []),
    ],
  ];
}

function clipRange(values: Float32Array): [low: number, high: number] {
  const sorted = values.toSorted();
  const [low, high] = [CLIPPED, 1 - CLIPPED].map(
    (q) => sorted[Math.round(q * (values.length - 1))],
  );
  if (high > low) return [low, high];
  throw unreadable(
    `This volume has one brightness all over, ${low} (expected an image).`,
    'Choose another file.',
  );
}
