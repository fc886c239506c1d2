import { appError } from '../errors';
import type { VolumeSize } from '../image/volume/voxel-place';
import { binomialInterval } from './metrics/binomial';
import { msSsimVolume } from './metrics/ms-ssim-volume';
import { mean, percentile, type Estimate } from './metrics/percentile';
import { createRandom } from './metrics/random';
import {
  likeness,
  morphometry,
  spearman,
  volumeFeatures,
  type VolumeFeatures,
} from './metrics/volume-measures';

/** A volume to be judged. */
export interface JudgedVolume {
  /** Grey and labels, [x][y][z] of one size; labels null: it has none. */
  voxels: Uint8Array;
  labels: ArrayLike<number> | null;
  /** What was asked of the first and the second part, mm³; null: nothing. */
  asked?: [number | null, number | null];
}

/** Sets of volumes of one size, and what their voxels measure. */
export interface VolumeSets {
  synthetic: readonly JudgedVolume[];
  real: readonly JudgedVolume[];
  size: VolumeSize;
  voxelMm3: number;
}

/** Mean and spread of a measure in a set. */
export interface Spread {
  mean: number;
  sd: number;
}

/** What was found. */
export interface VolumeReport {
  /** Synthetic volumes nearer to a real one than 19 of 20 real ones are to another; `of`: how near each comes. */
  copies: { share: Estimate; count: number; limit: number; suspects: number[]; of: number[] };
  /** Of so many real volumes, each held out in turn, the share beyond the limit. */
  realShare: number;
  numReal: number;
  /** Mean structural similarity of pairs within a set; null: a set of one. */
  similarity: { synthetic: number | null; real: number | null };
  /** Asked against drawn, by part; null: fewer than three were asked for. No rank where all were asked the same, or drew it. */
  control: ({ spearman: number | null; meanError: number; count: number } | null)[];
  shapes: { name: ShapeName; synthetic: Spread | null; real: Spread | null }[];
}

/** Measures of a label map: mm³, mm³, faces of voxels, share. */
export type ShapeName = 'first' | 'second' | 'surface' | 'firstShare';

const SHAPES: ShapeName[] = ['first', 'second', 'surface', 'firstShare'];
/** Of the real ones' nearest likenesses: what is nearer counts as a copy. */
const USUAL = 95;
const PAIRS = 64;
const LEAST_SIDE = 20;

/**
 * Compares volumes without a network: copies by the nearest real volume, mirrored and shifted; variety; asked volumes against drawn
 * ones; and the shapes of label maps. training/volumes/measures.py.
 */
export async function judgeVolumes(
  { synthetic, real, size, voxelMm3 }: VolumeSets,
  onProgress: (share: number) => Promise<void>,
): Promise<VolumeReport> {
  checkSize(size);
  const [own, others] = [synthetic, real].map((set) =>
    set.map(({ voxels }) => volumeFeatures(voxels, size)),
  );
  const total = own.length + others.length;
  const held: number[] = [];
  for (const [i, one] of others.entries()) {
    held.push(nearest(one, others.toSpliced(i, 1)));
    await onProgress(held.length / total);
  }
  const limit = percentile(held, USUAL);
  const found: number[] = [];
  for (const one of own) {
    found.push(nearest(one, others));
    await onProgress((held.length + found.length) / total);
  }
  const suspects = [...found.keys()].filter((i) => found[i] > limit);
  return {
    copies: {
      share: binomialInterval(suspects.length, found.length),
      count: suspects.length,
      limit,
      suspects,
      of: found,
    },
    realShare: held.filter((value) => value > limit).length / held.length,
    numReal: held.length,
    similarity: { synthetic: variety(synthetic, size), real: variety(real, size) },
    control: [0, 1].map((part) => control(synthetic, part, size, voxelMm3)),
    shapes: shapes(synthetic, real, size, voxelMm3),
  };
}

/** In smaller ones no block lies further in than the margin, nor does a window fit at the coarsest scale. */
function checkSize(size: VolumeSize) {
  if (size.every((side) => side >= LEAST_SIDE)) return;
  throw appError(
    'RequestInvalid',
    `Volumes of ${size.join(' × ')} voxels are too small to be compared (expected at least ${LEAST_SIDE} a side). Choose a model of ` +
      'larger ones.',
  );
}

function nearest(one: VolumeFeatures, others: readonly VolumeFeatures[]): number {
  return others.reduce((best, other) => Math.max(best, likeness(one, other)), -1);
}

/** Mean similarity of pairs drawn at random, always the same ones. */
function variety(set: readonly JudgedVolume[], size: VolumeSize): number | null {
  if (set.length < 2) return null;
  const random = createRandom(0);
  const values = Array.from(
    { length: Math.min(PAIRS, (set.length * (set.length - 1)) / 2) },
    () => {
      const first = random.integer(set.length);
      const second = (first + 1 + random.integer(set.length - 1)) % set.length;
      return msSsimVolume(set[first].voxels, set[second].voxels, size);
    },
  );
  return mean(values);
}

/** mm³ asked of a part against mm³ of it in the label map that was drawn. */
function control(set: readonly JudgedVolume[], part: number, size: VolumeSize, voxelMm3: number) {
  const pairs = set.flatMap(({ asked, labels }) => {
    const wanted = asked?.[part];
    if (wanted === null || wanted === undefined || !labels) return [];
    const { first, second } = morphometry(labels, size);
    return [{ wanted, drawn: [first, second][part] * voxelMm3 }];
  });
  if (pairs.length < 3) return null;
  const [wanted, drawn] = [pairs.map((pair) => pair.wanted), pairs.map((pair) => pair.drawn)];
  const errors = pairs.map((pair) => Math.abs(pair.drawn - pair.wanted) / pair.wanted);
  const rank = spearman(wanted, drawn);
  return {
    spearman: Number.isNaN(rank) ? null : rank,
    meanError: mean(errors),
    count: pairs.length,
  };
}

function shapes(
  synthetic: readonly JudgedVolume[],
  real: readonly JudgedVolume[],
  size: VolumeSize,
  voxelMm3: number,
): VolumeReport['shapes'] {
  const [own, others] = [synthetic, real].map((set) =>
    set.flatMap(({ labels }) => (labels ? [morphometry(labels, size)] : [])),
  );
  const units = { first: voxelMm3, second: voxelMm3, surface: voxelMm3 ** (2 / 3), firstShare: 1 };
  const spread = (all: typeof own, name: ShapeName): Spread | null => {
    if (all.length === 0) return null;
    const values = all.map((one) => one[name] * units[name]);
    const middle = mean(values);
    return { mean: middle, sd: Math.sqrt(mean(values.map((x) => (x - middle) ** 2))) };
  };
  return SHAPES.map((name) => ({
    name,
    synthetic: spread(own, name),
    real: spread(others, name),
  }));
}
