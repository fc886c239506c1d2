/**
 * Noise for the sampler, from Philox's random words: the same on every machine, in TypeScript and in Python
 * (training/common/philox.py).
 */
import { philox4x32 } from '../common/philox';

/**
 * `count` standard normal numbers of the stream (seed, imageIndex), float32, always the same for the same pair.
 *
 * Block i is Philox with key (seed, 0) and counter (i, 0, imageIndex, 0); Box-Muller makes its words (0, 1) and
 * (2, 3) into two normals each, in float64. Seed and imageIndex are 0…2³²−1.
 */
export function standardNormals(seed: number, imageIndex: number, count: number): Float32Array {
  return drawNormals(seed, imageIndex, 0, count);
}

/**
 * `count` standard normal numbers for step `step` (0 is the first that runs) of a sampler that adds noise as it goes:
 * as `standardNormals`, with counter (i, step + 1, imageIndex, 0), which no initial noise uses.
 */
export function stepNoise(
  seed: number,
  imageIndex: number,
  step: number,
  count: number,
): Float32Array {
  return drawNormals(seed, imageIndex, step + 1, count);
}

function drawNormals(
  seed: number,
  imageIndex: number,
  stream: number,
  count: number,
): Float32Array {
  const normals = new Float32Array(count);
  for (let i = 0; i < count; i += 4) {
    const words = philox4x32([i / 4, stream, imageIndex, 0], [seed, 0]);
    normals.set(
      [...boxMuller(words[0], words[1]), ...boxMuller(words[2], words[3])].slice(0, count - i),
      i,
    );
  }
  return normals;
}

/** Two independent normals from two 32-bit words; the half keeps the logarithm's argument above 0. */
export function boxMuller(word0: number, word1: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log((word0 + 0.5) / 2 ** 32));
  const angle = 2 * Math.PI * (word1 / 2 ** 32);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
