import { Matrix, SVD } from 'ml-matrix';
import type { FeatureMatrix } from './feature-matrix';

/** Covariance of columns without any variance of their own, as a share of the variance they had. */
const NOTHING_LEFT = 1e-10;
/** Columns whose products are formed together, so that they stay in the processor's cache. */
const BLOCK = 32;

/**
 * Fréchet Inception Distance: |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½). Heusel et al. 2017,
 * https://arxiv.org/abs/1706.08500, eq. 6, with covariances over n − 1.
 *
 * With Σ = LLᵀ, Σ₁Σ₂ has the eigenvalues of (L₁ᵀL₂)(L₁ᵀL₂)ᵀ, so that tr (Σ₁Σ₂)^½ is the sum of the singular values of L₁ᵀL₂.
 */
export function fid(x: FeatureMatrix, y: FeatureMatrix): number {
  const [one, other] = [moments(x), moments(y)];
  const offset = one.mean.reduce((sum, value, k) => sum + (value - other.mean[k]) ** 2, 0);
  const product = factor(one.covariance, x.size).transpose().mmul(factor(other.covariance, x.size));
  const { diagonal } = new SVD(product, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  });
  const cross = diagonal.reduce((sum, value) => sum + value, 0);
  return offset + trace(one.covariance, x.size) + trace(other.covariance, x.size) - 2 * cross;
}

/** Mean [size] and covariance [size · size]. */
function moments({ rows, size, values }: FeatureMatrix) {
  const mean = new Float64Array(size);
  for (let i = 0; i < rows * size; i++) mean[i % size] += values[i] / rows;
  const centred = new Float64Array(size * rows); // [size, rows]
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < size; k++) centred[k * rows + i] = values[i * size + k] - mean[k];
  }
  const covariance = new Float64Array(size * size);
  for (let top = 0; top < size; top += BLOCK) {
    for (let j = top; j < size; j++) {
      for (let i = top; i < Math.min(top + BLOCK, j + 1); i++) {
        const value = dot(centred, i * rows, j * rows, rows) / (rows - 1);
        covariance[i * size + j] = value;
        covariance[j * size + i] = value;
      }
    }
  }
  return { mean, covariance };
}

/** Four sums at once, for one alone waits for itself. */
function dot(values: Float64Array, a: number, b: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    s0 += values[a + k] * values[b + k];
    s1 += values[a + k + 1] * values[b + k + 1];
    s2 += values[a + k + 2] * values[b + k + 2];
    s3 += values[a + k + 3] * values[b + k + 3];
  }
  for (; k < count; k++) s0 += values[a + k] * values[b + k];
  return s0 + s1 + s2 + s3;
}

/** Cholesky's lower triangular L of a covariance, LLᵀ = Σ; where Σ is singular some of its columns are 0. */
function factor(covariance: Float64Array, size: number): Matrix {
  const lower = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    const [row, variance] = [j * size, covariance[j * size + j]];
    const left = variance - dot(lower, row, row, j);
    if (left <= NOTHING_LEFT * variance) continue;
    const pivot = Math.sqrt(left);
    lower[row + j] = pivot;
    for (let i = j + 1; i < size; i++) {
      lower[i * size + j] = (covariance[i * size + j] - dot(lower, i * size, row, j)) / pivot;
    }
  }
  return Matrix.from1DArray(size, size, lower);
}

function trace(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += matrix[k * size + k];
  return sum;
}
