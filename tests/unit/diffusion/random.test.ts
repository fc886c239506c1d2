import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { standardNormals, stepNoise } from '../../../src/diffusion/random';
import { philox4x32 } from '../../../src/common/philox';

interface Goldens {
  words: { counter: number[]; key: number[]; words: number[] }[];
  normals: { seed: number; imageIndex: number; values: number[] }[];
  stepNoise: { seed: number; imageIndex: number; step: number; values: number[] }[];
}

// Made by training/common/philox.py.
const goldens = JSON.parse(
  readFileSync(new URL('../../fixtures/philox.json', import.meta.url), 'utf8'),
) as Goldens;

test('Philox gives the published answers of Random123', () => {
  // Random123's known-answer vectors for philox4x32, 10 rounds.
  const zeros = philox4x32([0, 0, 0, 0], [0, 0]);
  const ones = philox4x32(Array<number>(4).fill(0xffffffff), [0xffffffff, 0xffffffff]);
  const pi = philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]);
  expect(zeros).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  expect(ones).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  expect(pi).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

test.each(goldens.words)('Python computes the same words for $counter', (golden) => {
  expect(philox4x32(golden.counter, golden.key)).toEqual(golden.words);
});

test.each(goldens.normals)(
  'Python draws the same noise for seed $seed, image $imageIndex',
  ({ seed, imageIndex, values }) => {
    const normals = standardNormals(seed, imageIndex, values.length);
    expect(normals).toHaveLength(values.length);
    const errors = values.map((x, i) => Math.abs(normals[i] - x));
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-6);
  },
);

test('the numbers are standard normal, and each seed and image has its own', () => {
  const count = 20_000;
  const normals = standardNormals(1, 0, count);
  const mean = normals.reduce((sum, x) => sum + x, 0) / count;
  const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
  expect(Math.abs(mean)).toBeLessThan(0.03); // 4 standard errors
  expect(Math.abs(variance - 1)).toBeLessThan(0.04);
  const similarity = (other: Float32Array) =>
    Math.abs(normals.reduce((sum, x, i) => sum + x * other[i], 0) / count);
  expect(similarity(standardNormals(1, 1, count))).toBeLessThan(0.03);
  expect(similarity(standardNormals(2, 0, count))).toBeLessThan(0.03);
});

test('a longer draw starts with the shorter one', () => {
  expect(standardNormals(5, 3, 21).slice(0, 6)).toEqual(standardNormals(5, 3, 6));
});

test.each(goldens.stepNoise)(
  'Python draws the same noise for step $step of seed $seed, image $imageIndex',
  ({ seed, imageIndex, step, values }) => {
    const noise = stepNoise(seed, imageIndex, step, values.length);
    const errors = values.map((x, i) => Math.abs(noise[i] - x));
    expect(noise).toHaveLength(values.length);
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-6);
  },
);

test('the noise of a step is neither that of another step nor the noise an image starts from', () => {
  const streams = [standardNormals(3, 2, 8), stepNoise(3, 2, 0, 8), stepNoise(3, 2, 1, 8)];
  expect(new Set(streams.map(String)).size).toBe(3);
});
