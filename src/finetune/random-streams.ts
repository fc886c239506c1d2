import { boxMuller } from '../diffusion/random';
import { philox4x32 } from '../common/philox';

/**
 * What random numbers of a run are for. Each purpose is a stream of its own: the second key word, which is 0 for the
 * noise of images. A number follows from (seed, purpose, step, place) alone, so a resumed run draws what an undisturbed
 * one would have drawn.
 */
export type Purpose = (typeof PURPOSES)[number];

const PURPOSES = [
  ...(['factors', 'split', 'rows', 'timesteps', 'noise', 'conditions', 'flips'] as const),
  'held-out',
] as const;

/** `count` uniform numbers in (0, 1). */
export function uniforms(seed: number, purpose: Purpose, step: number, count: number) {
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i += 4) {
    const block = words(seed, purpose, step, i / 4).map((word) => (word + 0.5) / 2 ** 32);
    numbers.set(block.slice(0, count - i), i);
  }
  return numbers;
}

/** `count` standard normal numbers, float32. */
export function normals(seed: number, purpose: Purpose, step: number, count: number) {
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i += 4) {
    const [a, b, c, d] = words(seed, purpose, step, i / 4);
    numbers.set([...boxMuller(a, b), ...boxMuller(c, d)].slice(0, count - i), i);
  }
  return numbers;
}

/** 0…count − 1 in a random order. Fisher and Yates, as Knuth has it (algorithm 3.4.2P). */
export function shuffled(seed: number, purpose: Purpose, count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  const draws = uniforms(seed, purpose, 0, count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(draws[i] * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function words(seed: number, purpose: Purpose, step: number, block: number): number[] {
  return philox4x32([block, step, 0, 0], [seed, PURPOSES.indexOf(purpose) + 1]);
}
