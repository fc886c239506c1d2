import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fitHead, predict } from '../../../src/evaluation/usefulness/linear-head';
import { createRandom } from '../../../src/evaluation/metrics/random';

/** By training/goldens/make_metric_goldens.py. */
const { head: GOLDEN } = JSON.parse(readFileSync('tests/fixtures/metrics.json', 'utf8')) as {
  head: {
    x: number[];
    labels: number[];
    size: number;
    classes: number;
    strength: number;
    logProbabilities: number[];
  };
};

test('a head converges to the minimum that SciPy finds', () => {
  const { labels, size, classes, strength, logProbabilities } = GOLDEN;
  const x = { rows: labels.length, size, values: Float32Array.from(GOLDEN.x) };
  const found = predict(fitHead({ x, labels }, classes, strength), x);
  // SciPy stops at a relative gain of 1e-6 in the loss.
  found.forEach((p, i) => expect(Math.log(p)).toBeCloseTo(logProbabilities[i], 2));
});

test('a strong penalty towards a prior gives the prior back', () => {
  const { labels, size, classes } = GOLDEN;
  const x = { rows: labels.length, size, values: Float32Array.from(GOLDEN.x) };
  const prior = fitHead({ x, labels }, classes, 0.05);
  const shuffled = createRandom(1)
    .permutation(labels.length)
    .map((i) => labels[i]);
  const near = fitHead({ x, labels: shuffled }, classes, 1e6, prior);
  for (let k = 0; k < prior.weights.length; k++) {
    if (k % (size + 1) === size) continue; // the bias is free
    expect(near.weights[k]).toBeCloseTo(prior.weights[k], 4);
  }
});
