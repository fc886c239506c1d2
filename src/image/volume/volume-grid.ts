import type { VolumeFacts } from '../../models/manifest/manifest';
import { unreadable } from '../decoded-image';
import { VOXEL_TYPES } from '../nifti/nifti-voxels';
import { openNifti, type Volume } from '../nifti/read-nifti';

/** One volume of a file as a grid of a model's spacing, the patient's right, front and top along its axes. */
export interface VoxelGrid {
  /** Voxels along x, y and z. */
  shape: [number, number, number];
  /** The value at a voxel, between those of the file. */
  linear: (x: number, y: number, z: number) => number;
  /** The value of the file's voxel that is nearest. */
  nearest: (x: number, y: number, z: number) => number;
  /** 8 bits without a scale: what this app writes. */
  isBytes: boolean;
  /** Volumes in the file. */
  numFrames: number;
  /** What was done to it, in whole sentences. */
  notes: string[];
}

/** A grid in a model's frame. */
export interface LaidGrid {
  /** Of the grid, voxels. */
  shape: readonly number[];
  /** Voxel of the grid that the frame's first is. */
  start: readonly number[];
}

/** How far a spacing may be off the model's, mm, to be taken for it. */
const SPACING_SLACK_MM = 0.01;
/** Of a grid: more is no part of a body at this spacing. */
const MAX_VOXELS = 2 ** 27;
/** nifti1.h, DT_UINT8. */
const UINT8 = 2;

/**
 * Opens a NIfTI volume on a grid of the model's spacing; `frame` chooses one of several, from 0. Throws `ImageUnreadable` for a
 * file that does not say how far its voxels are apart, for colours, and for a frame that is not there.
 */
export async function openGrid(
  file: Blob,
  { spacingMm }: VolumeFacts,
  frame = 0,
): Promise<VoxelGrid> {
  const volume = await openNifti(new Uint8Array(await file.arrayBuffer()));
  const { shape: stored, numVolumes, type, rescale } = volume;
  if (type.channels !== 1) {
    throw unreadable('This volume is coloured (expected one value a voxel).', 'Save it as grey.');
  }
  if (!(Number.isInteger(frame) && frame >= 0 && frame < numVolumes)) {
    throw unreadable(
      `This file holds ${numVolumes} volumes, and number ${frame} is none of them (expected 0 to ${numVolumes - 1}).`,
      'Choose one of these.',
    );
  }
  const spacing = knownSpacing(volume, spacingMm);
  const steps = spacingMm.map((mm, axis) =>
    Math.abs(mm - spacing[axis]) <= SPACING_SLACK_MM ? 1 : mm / spacing[axis],
  );
  const shape = stored.map((n, axis) => Math.max(1, Math.round(n / steps[axis])));
  checkCount(shape);
  const at = reader(volume, frame);
  // Voxels have an extent: the grid's first begins where the file's first begins.
  const place = (i: number, axis: number) =>
    Math.min(Math.max((i + 0.5) * steps[axis] - 0.5, 0), stored[axis] - 1);
  return {
    shape: shape as VoxelGrid['shape'],
    linear: (x, y, z) => interpolated(at, place(x, 0), place(y, 1), place(z, 2)),
    nearest: (x, y, z) =>
      at(Math.round(place(x, 0)), Math.round(place(y, 1)), Math.round(place(z, 2))),
    isBytes: type === VOXEL_TYPES[UINT8] && rescale.slope === 1 && rescale.intercept === 0,
    numFrames: numVolumes,
    notes: [
      ...(numVolumes > 1 ? [`Volume ${frame} of ${numVolumes} in the file, counted from 0.`] : []),
      ...(steps.some((step) => step !== 1)
        ? [`Resampled from ${millimetres(spacing)} to ${millimetres(spacingMm)}.`]
        : []),
    ],
  };
}

/** "0.50 × 0.75 × 2.00 mm". */
function millimetres(spacing: readonly number[]): string {
  return `${spacing.map((mm) => mm.toFixed(2)).join(' × ')} mm`;
}

/** Where the file's axes make no sense, its reader guesses: no ground for a picture in millimetres. */
function knownSpacing({ spacing, axesGuessed }: Volume, expected: readonly number[]) {
  if (spacing && !axesGuessed) return spacing;
  throw unreadable(
    `This volume does not say how far its voxels are apart: its spacing is 0, or no number (expected ${millimetres(expected)}, ` +
      'or another one).',
    'Write the spacing into its header.',
  );
}

function checkCount(shape: readonly number[]) {
  if (shape.reduce((product, n) => product * n, 1) <= MAX_VOXELS) return;
  throw unreadable(
    `This volume measures ${shape.join(' × ')} voxels at the model's spacing (expected at most ${MAX_VOXELS} voxels).`,
    'Cut out the part that the model draws.',
  );
}

/** Values by the patient's axes; a value that is no number is refused by its place. */
function reader(
  { shape, first, strides, type, view, littleEndian, rescale }: Volume,
  frame: number,
): (x: number, y: number, z: number) => number {
  const start = first + frame * shape[0] * shape[1] * shape[2];
  return (x, y, z) => {
    const voxel = start + x * strides[0] + y * strides[1] + z * strides[2];
    const stored = type.read(view, voxel * type.bytes, littleEndian);
    const value = stored * rescale.slope + rescale.intercept;
    if (Number.isFinite(value)) return value;
    throw unreadable(
      `This volume holds ${value} at voxel ${x + 1}, ${y + 1}, ${z + 1} (expected a number).`,
      'Replace such values, or choose another file.',
    );
  };
}

/** Trilinear. */
function interpolated(
  at: (x: number, y: number, z: number) => number,
  x: number,
  y: number,
  z: number,
): number {
  const [x0, y0, z0] = [x, y, z].map(Math.floor);
  const [fx, fy, fz] = [x - x0, y - y0, z - z0];
  let sum = 0;
  for (const [dx, wx] of sides(fx)) {
    for (const [dy, wy] of sides(fy)) {
      for (const [dz, wz] of sides(fz)) sum += wx * wy * wz * at(x0 + dx, y0 + dy, z0 + dz);
    }
  }
  return sum;
}

/** Offset and weight of the two neighbours; of one, where it is exactly there. */
function sides(share: number): [number, number][] {
  if (share === 0) return [[0, 1]];
  return [
    [0, 1 - share],
    [1, share],
  ];
}
