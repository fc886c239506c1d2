import type { FeatureMatrix } from '../metrics/feature-matrix';
import { minimize } from './minimize';

/** A linear classifier: `weights` is [classes, size + 1] row-major, the bias last in each row. */
export interface Head {
  classes: number;
  weights: Float64Array;
}

/** What a head learns from. */
export interface TrainingSet {
  x: FeatureMatrix;
  labels: readonly number[];
  /** [n]; absent: every class that is there gets the same total. */
  weights?: readonly number[];
}

/**
 * Softmax regression with its weights drawn towards a prior, or 0: minimises Σ wᵢ·crossEntropy(xᵢW + b, yᵢ) / Σ wᵢ +
 * λ/2·‖W − W₀‖². Bishop 2006, section 4.3.4. The bias is free. It ends where a step gains less than `gain` of the loss.
 */
export function fitHead(
  { x, labels, weights = classWeights(labels) }: TrainingSet,
  classes: number,
  strength: number,
  prior: Head | null = null,
  gain = 1e-12,
): Head {
  const { rows, size } = x;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const centre = prior?.weights ?? new Float64Array((size + 1) * classes);
  const lossAndGradient = (head: Float64Array) => {
    const gradient = new Float64Array(head.length);
    let loss = 0;
    for (let k = 0; k < head.length; k++) {
      if (k % (size + 1) === size) continue;
      const off = head[k] - centre[k];
      loss += (strength / 2) * off * off;
      gradient[k] = strength * off;
    }
    const p = new Float64Array(classes);
    for (let i = 0; i < rows; i++) {
      scores(head, x, i, classes, p);
      softmax(p);
      const weight = weights[i] / total;
      loss -= weight * Math.log(Math.max(p[labels[i]], 1e-300));
      for (let c = 0; c < classes; c++) {
        addScaled(gradient, c * (size + 1), x, i, weight * (p[c] - (c === labels[i] ? 1 : 0)));
      }
    }
    return { loss, gradient };
  };
  return { classes, weights: minimize(lossAndGradient, centre.slice(), { gain }) };
}

/** Class probabilities, [n, classes] row-major. */
export function predict({ classes, weights }: Head, x: FeatureMatrix): Float64Array {
  const result = new Float64Array(x.rows * classes);
  for (let i = 0; i < x.rows; i++) {
    const p = result.subarray(i * classes, (i + 1) * classes);
    scores(weights, x, i, classes, p);
    softmax(p);
  }
  return result;
}

/** Weights that give every class that is there the same total; their mean is 1. */
export function classWeights(labels: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return labels.map((label) => labels.length / counts.size / counts.get(label)!);
}

/**
 * Centres and scales as the rows of x are spread, and divides by √size; features that hardly vary stay small.
 */
export function standardizer(x: FeatureMatrix): (y: FeatureMatrix) => FeatureMatrix {
  const { rows, size } = x;
  const mean = new Float64Array(size);
  const spread = new Float64Array(size);
  for (let i = 0; i < rows * size; i++) mean[i % size] += x.values[i] / rows;
  for (let i = 0; i < rows * size; i++)
    spread[i % size] += (x.values[i] - mean[i % size]) ** 2 / rows;
  const least = 0.1 * (spread.reduce((sum, value) => sum + Math.sqrt(value), 0) / size) + 1e-12;
  const scale = spread.map((value) => 1 / Math.max(Math.sqrt(value), least) / Math.sqrt(size));
  return (y) => ({
    ...y,
    values: y.values.map((value, i) => (value - mean[i % size]) * scale[i % size]),
  });
}

function scores(
  weights: Float64Array,
  { size, values }: FeatureMatrix,
  row: number,
  classes: number,
  into: Float64Array,
) {
  const from = row * size;
  for (let c = 0; c < classes; c++) {
    const own = c * (size + 1);
    let sum = weights[own + size];
    for (let k = 0; k < size; k++) sum += values[from + k] * weights[own + k];
    into[c] = sum;
  }
}

/** Adds factor · (features of a row, 1) to a stretch of the gradient. */
function addScaled(
  gradient: Float64Array,
  at: number,
  { size, values }: FeatureMatrix,
  row: number,
  factor: number,
) {
  const from = row * size;
  for (let k = 0; k < size; k++) gradient[at + k] += factor * values[from + k];
  gradient[at + size] += factor;
}

function softmax(scores: Float64Array) {
  const top = scores.reduce((max, value) => Math.max(max, value), -Infinity);
  let sum = 0;
  for (let c = 0; c < scores.length; c++) sum += scores[c] = Math.exp(scores[c] - top);
  for (let c = 0; c < scores.length; c++) scores[c] /= sum;
}
