import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { FeatureMatrix } from './feature-matrix';

/**
 * Fréchet Inception Distance: |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½). Heusel et al. 2017,
 * https://arxiv.org/abs/1706.08500, eq. 6, with covariances over n − 1.
 *
 * tr (Σ₁Σ₂)^½ is the sum of the singular values of A₁A₂ᵀ, where Σ = AᵀA. A is here the square root of Σ.
 */
export function fid(x: FeatureMatrix, y: FeatureMatrix): number {
  const [one, other] = [moments(x), moments(y)];
  const offset = one.mean.reduce((sum, value, k) => sum + (value - other.mean[k]) ** 2, 0);
  const root = squareRoot(one.covariance);
  const product = root.mmul(other.covariance).mmul(root);
  const { realEigenvalues } = new EigenvalueDecomposition(symmetric(product), {
    assumeSymmetric: true,
  });
  const cross = realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return offset + one.covariance.trace() + other.covariance.trace() - 2 * cross;
}

function moments({ rows, size, values }: FeatureMatrix) {
  const mean = new Float64Array(size);
  for (let i = 0; i < rows * size; i++) mean[i % size] += values[i] / rows;
  const centred = new Matrix(rows, size);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < size; k++) centred.set(i, k, values[i * size + k] - mean[k]);
  }
  const covariance = centred
    .transpose()
    .mmul(centred)
    .div(rows - 1);
  return { mean, covariance };
}

/** Of a symmetric matrix without negative eigenvalues. */
function squareRoot(matrix: Matrix): Matrix {
  const { eigenvectorMatrix: vectors, realEigenvalues } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const scaled = vectors.clone();
  realEigenvalues.forEach((value, k) => scaled.mulColumn(k, Math.sqrt(Math.max(0, value))));
  return scaled.mmul(vectors.transpose());
}

/** Rounding leaves a product of symmetric matrices a little off. */
function symmetric(matrix: Matrix): Matrix {
  return Matrix.add(matrix, matrix.transpose()).div(2);
}
