import type { Preview } from '../contract/picture';
import type { GenerationRequest } from '../contract/request';
import type { DiffusionEntry } from '../models/manifest/manifest';
import type { GpuTensor } from '../models/runtime/session-types';
import { projectPreview } from './preview';
import { standardNormals } from './random';
import type { Coefficients, SchedulerStep, StepCoefficients } from './schedulers/scheduler';

/** Latents or noisePred where they are computed: row-major numbers on the CPU, or a float tensor on the GPU. */
export type Latents = Float32Array | GpuTensor;

/** How the two rows of a guided noisePred become one. */
export interface Guidance {
  scale: number;
  /** 0…1; 0 leaves the spread as it is. */
  rescale: number;
}

/** The latents of one image on their way from noise, on the CPU or on the GPU: one loop drives either. */
export interface LatentState {
  /** [1, channels, h, w] before the next step. Good until that step. */
  readonly current: Latents;
  /** Takes a step; `noisePred` is [1 or 2, channels, h, w], `noise` fresh standard normals where the step wants some. */
  advance(
    noisePred: Latents,
    step: SchedulerStep,
    guidance: Guidance,
    noise: Float32Array | null,
  ): void;
  /** Draws what the step predicts, before `advance`; on the GPU the picture comes when it is ready. */
  preview(
    noisePred: Latents,
    step: SchedulerStep,
    guidance: Guidance,
    onPreview: (preview: Preview) => void,
  ): void;
  /** Puts back what must not change, noised as the latents are before the next step: `level` of that step. */
  keepKnown(known: KnownLatents, level: SchedulerStep['noised']): void;
  /**
   * Resolves once no more than the last step is still to be computed, for what is queued cannot be cancelled; with `all`
   * once that is done too.
   */
  settle(all?: 'all'): Promise<void>;
  release(): void;
}

/** What inpainting protects, at the UNet's scale. */
export interface KnownLatents {
  /** The source image, clean; [1, channels, h, w]. */
  encoded: Float32Array;
  /** Standard normals, the same in every step; [1, channels, h, w]. */
  noise: Float32Array;
  /** [h, w], or of all channels: 1 where the latents may change, 0 where they may not. */
  changes: Float32Array;
}

/** [1, channels, height, width] of a model's latents; [1, channels, x, y, z] of one of volumes. */
export function latentDims({ image, volume, latents }: DiffusionEntry): number[] {
  if (volume) {
    return [1, latents.channels, ...volume.size.map((voxels) => voxels / latents.downscale)];
  }
  return [1, latents.channels, image.height / latents.downscale, image.width / latents.downscale];
}

/** The noise an image starts from, [1, channels, height, width]: decided by seed and imageIndex alone. */
export function initialLatents(
  entry: DiffusionEntry,
  { seed, imageIndex }: Pick<GenerationRequest, 'seed' | 'imageIndex'>,
  initNoiseSigma: number,
): Float32Array {
  const count = latentDims(entry).reduce((product, size) => product * size, 1);
  return standardNormals(seed, imageIndex, count).map((z) => z * initNoiseSigma);
}

/** clean·x̂_0 + noise·z: encoded latents as they would be before some step. */
export function noisedLatents(
  encoded: Float32Array,
  noise: Float32Array,
  { noised }: SchedulerStep,
): Float32Array {
  return encoded.map((x, i) => noised.clean * x + noised.noise * noise[i]);
}

/** Latents as plain numbers. The GPU's version is createGpuLatents in gpu-latents.ts. */
export function createCpuLatents(entry: DiffusionEntry, initial: Float32Array): LatentState {
  let current = initial;
  let history: Float32Array[] = [];
  return {
    get current() {
      return current;
    },
    advance(noisePred, { next, keep }, guidance, noise) {
      const y = guide(noisePred as Float32Array, current.length, guidance);
      const kept = keep && combine(current, y, keep);
      current = combine(current, y, next, history, noise);
      if (kept) history = [kept, ...history].slice(0, MAX_HISTORY);
    },
    preview(noisePred, { predOriginal }, guidance, onPreview) {
      const y = guide(noisePred as Float32Array, current.length, guidance);
      onPreview(projectPreview(combine(current, y, predOriginal), entry));
    },
    keepKnown(known, level) {
      current = blendKnown(current, known, level);
    },
    settle: () => Promise.resolve(),
    release: () => undefined,
  };
}

/** The latents where they may change, and the noised source elsewhere; `changes` may be shared by all channels. */
export function blendKnown(
  generated: Float32Array,
  { encoded, noise, changes }: KnownLatents,
  level: SchedulerStep['noised'],
): Float32Array {
  return generated.map((x, i) => {
    const m = changes[i % changes.length];
    return m * x + (1 - m) * (level.clean * encoded[i] + level.noise * noise[i]);
  });
}

/** The most that any scheduler looks back: three steps, PNDM. */
export const MAX_HISTORY = 3;

/**
 * Classifier-free guidance. Ho & Salimans 2022, https://arxiv.org/abs/2207.12598: y = u + scale·(c − u). With a rescale
 * the spread of c is given back to it: Lin et al. 2023, https://arxiv.org/abs/2305.08891, section 3.4.
 *
 * `noisePred` is [1, c, h, w], which stays as it is, or [2, c, h, w] with u, the unconditional, first; `count` = c·h·w.
 */
export function guide(
  noisePred: Float32Array,
  count: number,
  { scale, rescale }: Guidance,
): Float32Array {
  if (noisePred.length === count) return noisePred;
  const [uncond, cond] = [noisePred.subarray(0, count), noisePred.subarray(count)];
  const guided = uncond.map((u, i) => u + scale * (cond[i] - u));
  if (rescale === 0) return guided;
  const factor = rescale * (deviation(cond) / deviation(guided)) + 1 - rescale;
  return guided.map((y) => factor * y);
}

/** latents·x + noisePred·y, and for a whole step Σ history[i]·kept[i] + noise·z on top. */
export function combine(
  x: Float32Array,
  y: Float32Array,
  {
    latents: a,
    noisePred: b,
    history = [],
    noise: d = 0,
  }: Coefficients & Partial<StepCoefficients>,
  kept: Float32Array[] = [],
  z: Float32Array | null = null,
): Float32Array {
  return x.map((value, i) => {
    let sum = a * value + b * y[i];
    for (const [k, c] of history.entries()) sum += c * kept[k][i];
    return z && d !== 0 ? sum + d * z[i] : sum;
  });
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
}

/** Undoes latents = (encoded − shift)·scalingFactor: what the VAE decoder takes. */
export function unscaleLatents(
  latents: Float32Array,
  { latents: facts }: DiffusionEntry,
): Float32Array {
  return latents.map((x) => x / facts.scalingFactor + facts.shift);
}

/** latents = (encoded − shift)·scalingFactor: what the VAE encoder gives, at the UNet's scale. */
export function scaleLatents(
  encoded: Float32Array,
  { latents: facts }: DiffusionEntry,
): Float32Array {
  return encoded.map((x) => (x - facts.shift) * facts.scalingFactor);
}
