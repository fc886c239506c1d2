import { placeOf, type VolumeSize } from '../../image/volume/voxel-place';

/** Side of the flat window, voxels, and scales, each half the one before. */
const [WINDOW, SCALES] = [5, 3];
const [C1, C2] = [0.01 ** 2, 0.03 ** 2];

/**
 * Multi-scale structural similarity of two volumes of bytes: 1 for the same. Wang et al. 2003,
 * https://doi.org/10.1109/ACSSC.2003.1292216; flat window, equal weights, as training/volumes/measures.py has it.
 */
export function msSsimVolume(a: ArrayLike<number>, b: ArrayLike<number>, size: VolumeSize): number {
  let [first, second]: Float64Array[] = [a, b].map((voxels) =>
    Float64Array.from(voxels, (value) => value / 255),
  );
  let grid = size;
  let product = 1;
  for (let scale = 0; scale < SCALES; scale++) {
    const last = scale === SCALES - 1;
    product *= Math.max(0, structure(first, second, grid, last)) ** (1 / SCALES);
    [first, second] = [halved(first, grid), halved(second, grid)];
    grid = half(grid);
  }
  return product;
}

/** Mean of contrast and structure over all windows, at the last scale times that of brightness. */
function structure(a: Float64Array, b: Float64Array, grid: VolumeSize, withBrightness: boolean) {
  const multiplied = (x: Float64Array, y: Float64Array) => x.map((value, i) => value * y[i]);
  const [meanA, meanB, aa, bb, ab] = [
    a,
    b,
    multiplied(a, a),
    multiplied(b, b),
    multiplied(a, b),
  ].map((values) => windowMeans(values, grid));
  let sum = 0;
  for (const [i, x] of meanA.entries()) {
    const y = meanB[i];
    const [varA, varB] = [Math.max(0, aa[i] - x * x), Math.max(0, bb[i] - y * y)];
    const contrast = (2 * (ab[i] - x * y) + C2) / (varA + varB + C2);
    sum += withBrightness ? contrast * ((2 * x * y + C1) / (x * x + y * y + C1)) : contrast;
  }
  return sum / meanA.length;
}

/** Means of all whole windows, one axis after the other, each from the one before it. */
function windowMeans(values: Float64Array, grid: VolumeSize): Float64Array {
  let [means, sides]: [Float64Array, number[]] = [values, [...grid]];
  for (const axis of [0, 1, 2]) {
    const length = sides[axis];
    const shorter = sides.map((n, k) => (k === axis ? n - WINDOW + 1 : n));
    const inner = sides.slice(axis + 1).reduce((product, n) => product * n, 1);
    const outer = means.length / (length * inner);
    const next = new Float64Array(shorter[0] * shorter[1] * shorter[2]);
    for (let line = 0; line < outer * inner; line++) {
      const [block, place] = [Math.floor(line / inner), line % inner];
      const [from, to] = [block * length * inner + place, block * shorter[axis] * inner + place];
      let sum = 0;
      for (let k = 0; k < length; k++) {
        sum += means[from + k * inner];
        if (k >= WINDOW) sum -= means[from + (k - WINDOW) * inner];
        if (k >= WINDOW - 1) next[to + (k - WINDOW + 1) * inner] = sum / WINDOW;
      }
    }
    [means, sides] = [next, shorter];
  }
  return means;
}

function half([x, y, z]: VolumeSize): VolumeSize {
  return [Math.floor(x / 2), Math.floor(y / 2), Math.floor(z / 2)];
}

/** Means of blocks of 2×2×2; an odd last plane is left out. */
export function halved(values: ArrayLike<number>, grid: VolumeSize): Float64Array {
  const coarse = half(grid);
  const means = new Float64Array(coarse[0] * coarse[1] * coarse[2]);
  for (let i = 0; i < means.length; i++) {
    const [x, y, z] = placeOf(i, coarse);
    for (let corner = 0; corner < 8; corner++) {
      const [cx, cy, cz] = [
        2 * x + (corner >> 2),
        2 * y + ((corner >> 1) & 1),
        2 * z + (corner & 1),
      ];
      means[i] += values[(cx * grid[1] + cy) * grid[2] + cz] / 8;
    }
  }
  return means;
}
