import type { VolumeFacts } from '../../models/manifest/manifest';
import { unreadable } from '../decoded-image';
import { placeOf } from '../volume/voxel-place';
import { openGrid, type LaidGrid, type VoxelGrid } from '../volume/volume-grid';

/** A label map out of a file. */
export interface LabelMapSource {
  /** [x][y][z] of the model's size. */
  labels: Uint16Array<ArrayBuffer>;
  /** What was done to it, in whole sentences. */
  notes: string[];
  /** How it was laid into the model's frame: an image of the same grid is laid so too. */
  laid: LaidGrid;
}

/**
 * A label map out of a NIfTI file at the model's spacing and size, its two parts in the middle of it; 0 around it where the file is
 * smaller, cut where it is larger. Throws `ImageUnreadable` for a spacing that nobody knows, another number than the model's
 * labels, a missing part, and parts that do not fit.
 */
export async function readLabelMap(
  file: Blob,
  facts: VolumeFacts,
  frame = 0,
): Promise<LabelMapSource> {
  const grid = await openGrid(file, facts, frame);
  const labels = readVoxels(grid, facts);
  const start = startOf(labels, grid.shape, facts);
  return {
    labels: framed(labels, grid.shape, start, facts),
    notes: grid.notes,
    laid: { shape: grid.shape, start },
  };
}

/** How far a label may be off its number: tools save whole numbers with a slope that rounds them. */
const ROUNDING = 1e-3;

/** [x][y][z] of the grid, every value one of the model's labels, both parts among them. */
function readVoxels({ shape, nearest }: VoxelGrid, { labels: names }: VolumeFacts): Uint8Array {
  const labels = new Uint8Array(shape[0] * shape[1] * shape[2]);
  const found = names.map(() => false);
  for (let i = 0; i < labels.length; i++) {
    const [x, y, z] = placeOf(i, shape);
    const stored = nearest(x, y, z);
    const value = Math.round(stored);
    if (!(Math.abs(stored - value) <= ROUNDING && value >= 0 && value < names.length)) {
      throw unreadable(
        `This label map holds the value ${stored} at voxel ${x + 1}, ${y + 1}, ${z + 1} (expected ${listed(names)}).`,
        'Give it these numbers.',
      );
    }
    labels[i] = value;
    found[value] = true;
  }
  const missing = found.findIndex((is, label) => !is && label > 0);
  if (missing < 0) return labels;
  throw unreadable(
    `This label map holds no ${missing} (expected ${listed(names)}, all of them).`,
    'Choose one with both parts in it.',
  );
}

function listed(names: readonly string[]): string {
  return names.map((name, label) => `${label} (${name})`).join(', ');
}

/** The middle of the labels' bounding box in the middle of the model's frame; training/volumes/data.py, place. */
function startOf(
  labels: Uint8Array,
  shape: [number, number, number],
  { size }: VolumeFacts,
): number[] {
  const low = [...shape];
  const high = [0, 0, 0];
  for (const [i, label] of labels.entries()) {
    if (label === 0) continue;
    for (const [axis, at] of placeOf(i, shape).entries()) {
      low[axis] = Math.min(low[axis], at);
      high[axis] = Math.max(high[axis], at + 1);
    }
  }
  if (size.some((voxels, axis) => high[axis] - low[axis] > voxels)) {
    throw unreadable(
      `The labelled parts measure ${high.map((end, axis) => end - low[axis]).join(' × ')} voxels (expected at most ` +
        `${size.join(' × ')}).`,
      'Choose a smaller one.',
    );
  }
  return size.map((voxels, axis) => Math.floor((low[axis] + high[axis]) / 2) - voxels / 2);
}

function framed(
  labels: Uint8Array,
  shape: [number, number, number],
  start: number[],
  { size }: VolumeFacts,
): Uint16Array<ArrayBuffer> {
  const laid = new Uint16Array(size[0] * size[1] * size[2]);
  for (const [i, label] of labels.entries()) {
    if (label === 0) continue;
    const [x, y, z] = placeOf(i, shape).map((at, axis) => at - start[axis]);
    laid[(x * size[1] + y) * size[2] + z] = label;
  }
  return laid;
}
