import type { GenerationRequest } from '../../workers/api';
import type { ModelEntry } from '../models/manifest';
import { standardNormals } from './random';
import type { Coefficients } from './schedulers/scheduler';

/** [1, channels, height, width] of a model's latents. */
export function latentDims({ image, latents }: ModelEntry): number[] {
  return [1, latents.channels, image.height / latents.downscale, image.width / latents.downscale];
}

/** The noise an image starts from, [1, channels, height, width]: decided by seed and imageIndex alone. */
export function initialLatents(
  entry: ModelEntry,
  { seed, imageIndex }: Pick<GenerationRequest, 'seed' | 'imageIndex'>,
  initNoiseSigma: number,
): Float32Array {
  const count = latentDims(entry).reduce((product, size) => product * size, 1);
  return standardNormals(seed, imageIndex, count).map((z) => z * initNoiseSigma);
}

/**
 * a·latents + b·noisePred, guidance included. Ho & Salimans 2022, https://arxiv.org/abs/2207.12598:
 * noisePred = u + guidanceScale·(c − u).
 *
 * `latents` is [1, c, h, w]; `noisePred` is [1, c, h, w], or [2, c, h, w] with u, the unconditional, first.
 */
export function applyStep(
  latents: Float32Array,
  noisePred: Float32Array,
  { latents: a, noisePred: b }: Coefficients,
  guidanceScale: number,
): Float32Array {
  if (noisePred.length === latents.length) return latents.map((x, i) => a * x + b * noisePred[i]);
  return latents.map((x, i) => {
    const uncond = noisePred[i];
    return a * x + b * (uncond + guidanceScale * (noisePred[i + latents.length] - uncond));
  });
}

/** Undoes latents = (encoded − shift)·scalingFactor: what the VAE decoder takes. */
export function unscaleLatents(
  latents: Float32Array,
  { latents: facts }: ModelEntry,
): Float32Array {
  return latents.map((x) => x / facts.scalingFactor + facts.shift);
}
