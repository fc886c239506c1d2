import { appError } from '../../errors';
import { forEachDistanceRow, type FeatureMatrix, type Multiply } from './feature-matrix';

/** Density may exceed 1; coverage is 0…1. */
export interface DensityCoverage {
  density: number;
  coverage: number;
}

/**
 * How much of the synthetic images lies where real ones are, and how much of the real ones has synthetic neighbours.
 * Naeem et al. 2020, https://arxiv.org/abs/2002.09797, eq. 7 and 8, k = 5, equal numbers: the ball around a real image
 * reaches to its k-th nearest other real image, its rim included.
 */
export async function densityCoverage(
  real: FeatureMatrix,
  synthetic: FeatureMatrix,
  multiply: Multiply,
  k = 5,
): Promise<DensityCoverage> {
  if (real.rows !== synthetic.rows || real.rows <= k) {
    throw appError(
      'RequestInvalid',
      `Density and coverage need equal numbers of more than ${k} images (got ${real.rows} real and ` +
        `${synthetic.rows} synthetic). Add images, then run it again.`,
    );
  }
  const radii = await neighbourDistances(real, multiply, k);
  let inside = 0;
  let covered = 0;
  await forEachDistanceRow(real, synthetic, multiply, (row, squared) => {
    let count = 0;
    for (const distance of squared) if (distance <= radii[row]) count++;
    inside += count;
    if (count > 0) covered++;
  });
  return { density: inside / (k * synthetic.rows), coverage: covered / real.rows };
}

/** Squared distance of each image to its k-th nearest other one. */
async function neighbourDistances(
  matrix: FeatureMatrix,
  multiply: Multiply,
  k: number,
): Promise<Float64Array> {
  const radii = new Float64Array(matrix.rows);
  await forEachDistanceRow(matrix, matrix, multiply, (row, squared) => {
    const nearest: number[] = [];
    for (let j = 0; j < squared.length; j++) {
      if (j === row || (nearest.length === k && squared[j] >= nearest[k - 1])) continue;
      let at = nearest.length;
      while (at > 0 && nearest[at - 1] > squared[j]) at--;
      nearest.splice(at, 0, squared[j]);
      if (nearest.length > k) nearest.pop();
    }
    radii[row] = nearest[k - 1];
  });
  return radii;
}
