import type { Estimate } from './percentile';

/** Of the standard normal distribution, two-sided 95 %. */
const Z = 1.959964;

/**
 * How often one of `lower` lies below one of `higher`, ties counted half: the area under the ROC curve, with its 95 % interval.
 * DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837, eq. 2 to 5. At 0 and 1 there is no spread to measure, and
 * the interval has no width.
 */
export function aucWithInterval(lower: ArrayLike<number>, higher: ArrayLike<number>): Estimate {
  const [m, n] = [lower.length, higher.length];
  const ofLower = new Float64Array(m);
  const ofHigher = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const win = lower[i] < higher[j] ? 1 : lower[i] === higher[j] ? 0.5 : 0;
      ofLower[i] += win / n;
      ofHigher[j] += win / m;
    }
  }
  const value = mean(ofLower);
  const half = Z * Math.sqrt(variance(ofLower) / m + variance(ofHigher) / n);
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased. */
function variance(values: Float64Array): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
