import { halved } from './ms-ssim-volume';
import { mean } from './percentile';
import { placeOf, type VolumeSize } from '../../image/volume/voxel-place';

/** Blocks of 2 voxels: what nearly every scan covers lies further in. */
const MARGIN = 3;
const SHIFTS = [-1, 0, 1];

/** Rank correlation, equal values sharing their mean rank. Spearman 1904, https://doi.org/10.2307/1412159. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  return pearson(ranks(a), ranks(b));
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const ranked = Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let k = start; k < end; k++) ranked[order[k]] = (start + end - 1) / 2;
    start = end;
  }
  return ranked;
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const [da, db] = [x - meanA, b[i] - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The inner blocks as a vector of mean 0 and length 1, seen `shift` blocks further on and, `mirrored`, from right to left. */
function features(
  means: Float64Array,
  [sizeX, sizeY, sizeZ]: VolumeSize,
  [sx, sy, sz]: VolumeSize = [0, 0, 0],
  mirrored = false,
): Float32Array {
  const [bx, by, bz] = [sizeX / 2, sizeY / 2, sizeZ / 2];
  const inner: number[] = [];
  for (let x = MARGIN; x < bx - MARGIN; x++) {
    const column = mirrored ? bx - 1 - (x + sx) : x + sx;
    for (let y = MARGIN; y < by - MARGIN; y++) {
      for (let z = MARGIN; z < bz - MARGIN; z++)
        inner.push(means[(column * by + y + sy) * bz + z + sz]);
    }
  }
  const middle = mean(inner);
  const length = Math.sqrt(inner.reduce((sum, value) => sum + (value - middle) ** 2, 0)) || 1;
  return Float32Array.from(inner, (value) => (value - middle) / length);
}

/** A volume as the copy check sees it: itself, and all its shifts and mirrorings. */
export interface VolumeFeatures {
  own: Float32Array;
  turned: Float32Array[];
}

/** Both of a volume. training/volumes/measures.py, _features. */
export function volumeFeatures(voxels: ArrayLike<number>, size: VolumeSize): VolumeFeatures {
  const means = halved(voxels, size);
  const turned = [false, true].flatMap((mirrored) =>
    SHIFTS.flatMap((sx) =>
      SHIFTS.flatMap((sy) => SHIFTS.map((sz) => features(means, size, [sx, sy, sz], mirrored))),
    ),
  );
  return { own: features(means, size), turned };
}

/** The highest correlation of a volume, mirrored or not and shifted by up to a block, with another one as it is. */
export function likeness({ turned }: VolumeFeatures, { own }: VolumeFeatures): number {
  let best = -1;
  for (const one of turned) {
    let sum = 0;
    for (let i = 0; i < own.length; i++) sum += one[i] * own[i];
    if (sum > best) best = sum;
  }
  return best;
}

/** Volumes in voxels of both parts, surface in faces of voxels, and the first part's share. */
export function morphometry(labels: ArrayLike<number>, size: VolumeSize) {
  const [sizeX, sizeY, sizeZ] = size;
  const counts = [0, 0, 0];
  let surface = 0;
  const inside = (x: number, y: number, z: number) =>
    x >= 0 && x < sizeX && y >= 0 && y < sizeY && z >= 0 && z < sizeZ
      ? +(labels[(x * sizeY + y) * sizeZ + z] > 0)
      : 0;
  for (let i = 0; i < labels.length; i++) {
    counts[labels[i]]++;
    if (labels[i] === 0) continue;
    const [x, y, z] = placeOf(i, size);
    for (const step of [-1, 1])
      surface += 3 - inside(x + step, y, z) - inside(x, y + step, z) - inside(x, y, z + step);
  }
  const [, first, second] = counts;
  return { first, second, surface, firstShare: first / Math.max(1, first + second) };
}
