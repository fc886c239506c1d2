/** One grey picture, [height · width], values in 0…1. */
export interface Plane {
  width: number;
  height: number;
  values: Float32Array;
}

/** Of the five scales, the finest first. */
const WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
const WINDOW = 11;
const SIGMA = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/** The least side that leaves the coarsest scale a whole window. */
export const MS_SSIM_MIN_SIDE = WINDOW * 2 ** (WEIGHTS.length - 1);

/**
 * Multi-scale structural similarity of two pictures of one size, 1 where they are equal. Wang, Simoncelli and Bovik
 * 2003, https://doi.org/10.1109/ACSSC.2003.1292216, eq. 7, Gaussian window of 11 pixels and σ = 1.5; negative
 * factors count as 0.
 */
export function msSsim(a: Plane, b: Plane): number {
  let product = 1;
  WEIGHTS.forEach((weight, scale) => {
    const { ssim, contrast } = ssimParts(a, b);
    const last = scale === WEIGHTS.length - 1;
    product *= Math.max(0, last ? ssim : contrast) ** weight;
    if (!last) [a, b] = [halve(a), halve(b)];
  });
  return product;
}

/** Means over all whole windows of SSIM and of its contrast-structure factor. */
function ssimParts(a: Plane, b: Plane): { ssim: number; contrast: number } {
  const product = (one: Plane, other: Plane) =>
    blur({ ...one, values: one.values.map((value, i) => value * other.values[i]) });
  const [meanA, meanB] = [blur(a), blur(b)];
  const [squareA, squareB, cross] = [product(a, a), product(b, b), product(a, b)];
  let [ssim, contrast] = [0, 0];
  for (let i = 0; i < meanA.length; i++) {
    const [ma, mb] = [meanA[i], meanB[i]];
    const [varA, varB] = [squareA[i] - ma * ma, squareB[i] - mb * mb];
    const factor = (2 * (cross[i] - ma * mb) + C2) / (varA + varB + C2);
    contrast += factor;
    ssim += (factor * (2 * ma * mb + C1)) / (ma * ma + mb * mb + C1);
  }
  return { ssim: ssim / meanA.length, contrast: contrast / meanA.length };
}

const KERNEL = gaussian();

function gaussian(): number[] {
  const half = (WINDOW - 1) / 2;
  const raw = Array.from({ length: WINDOW }, (_, i) =>
    Math.exp(-((i - half) ** 2) / 2 / SIGMA ** 2),
  );
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => value / sum);
}

/** Gaussian means at every place where the whole window is inside the picture. */
function blur({ width, height, values }: Plane): Float64Array {
  const [columns, rows] = [width - WINDOW + 1, height - WINDOW + 1];
  const across = new Float64Array(columns * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < WINDOW; k++) sum += KERNEL[k] * values[y * width + x + k];
      across[y * columns + x] = sum;
    }
  }
  const result = new Float64Array(columns * rows);
  for (let i = 0; i < result.length; i++) {
    let sum = 0;
    for (let k = 0; k < WINDOW; k++) sum += KERNEL[k] * across[i + k * columns];
    result[i] = sum;
  }
  return result;
}

/** Means of 2 × 2 pixels; an odd last row or column is dropped. */
function halve({ width, height, values }: Plane): Plane {
  const [columns, rows] = [Math.floor(width / 2), Math.floor(height / 2)];
  const half = new Float32Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = 2 * y * width + 2 * x;
      const sum = values[at] + values[at + 1] + values[at + width] + values[at + width + 1];
      half[y * columns + x] = sum / 4;
    }
  }
  return { width: columns, height: rows, values: half };
}
