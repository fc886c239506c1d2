import { expect, test } from 'vitest';
import {
  adamwStep,
  averageDecay,
  clipGradients,
  updateAverage,
  warmedUp,
  zeroMoments,
} from '../../../src/finetune/optimizer';
import golden from '../../fixtures/training-step/golden.json';
import { decodeFloats, pattern } from './pattern';

test('100 steps of AdamW end where torch.optim.AdamW ends', () => {
  const { values: expected, steps, learningRate, betas, ...rest } = golden.adamw;
  const settings = { ...rest, betas: betas as [number, number] };
  const values = pattern(64, 7);
  const moments = zeroMoments(64);
  for (let k = 0; k < steps; k++) {
    adamwStep(values, pattern(64, k), moments, settings, learningRate, k + 1);
  }
  const answer = decodeFloats(expected);
  const largest = Math.max(...values.map((x, i) => Math.abs(x - answer[i])));
  expect(largest).toBeLessThan(1e-6); // torch rounds to float32 after each operation
});

test('gradients longer than the limit are shortened to it over all factors, shorter ones stay', () => {
  const gradients = Float32Array.of(3, 4);
  expect(clipGradients(gradients, 1)).toBe(5);
  expect(Math.hypot(...gradients)).toBeCloseTo(1, 5);
  const short = Float32Array.of(0.3, 0.4);
  clipGradients(short, 1);
  expect([...short]).toEqual([...Float32Array.of(0.3, 0.4)]);
});

test('the rate climbs to its full height over the warm-up and stays there', () => {
  expect([1, 5, 10, 11].map((step) => warmedUp(1, step, 10))).toEqual([0.1, 0.5, 1, 1]);
});

test('a young average follows closely, an old one slowly', () => {
  expect(averageDecay(0.99, 0)).toBeCloseTo(0.1);
  expect(averageDecay(0.99, 10_000)).toBe(0.99);
  const average = Float32Array.of(1);
  updateAverage(average, Float32Array.of(0), 0.75);
  expect(average[0]).toBe(0.75);
});
