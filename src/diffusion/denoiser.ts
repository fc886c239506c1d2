import { appError } from '../errors';
import { readFloat32 } from '../models/runtime/gpu-tensor';
import type { DiffusionEntry, SchedulerConfig } from '../models/manifest/manifest';
import { toModelInput } from '../image/model-input';
import { readImage } from '../image/read-image';
import { defaultWindow } from '../image/window-level';
import type { Coefficients, SchedulerStep } from './schedulers/scheduler';
import { alphasCumprod } from './schedulers/noise-schedule';
import { latentDims } from './latents';
import type { DiffusionModel } from './model';
import { standardNormals } from './random';

/** How well a model predicts the noise in one image. */
export interface Denoiser {
  /** Shares of the way from the image to noise, each in (0, 1). */
  levels: readonly number[];
  /** Mean squared error at each level, the noise the same for every image; `prompt` as in training. */
  losses(image: Blob, prompt: string): Promise<Float64Array>;
}

/** As training/evaluate/fidelity.py asks. */
const LEVELS = [0.2, 0.4, 0.6, 0.8];

/** One noise level: x = clean·x_0 + noise·ε, and what the UNet should answer, in x_0 (`latents`) and ε (`noisePred`). */
interface NoiseLevel {
  timestep: number;
  noised: SchedulerStep['noised'];
  target: Coefficients;
}

/**
 * The loss that training lowered, at a fixed grid of levels with one fixed noise, so that images differ by themselves
 * alone. Matsumoto et al. 2023, https://arxiv.org/abs/2302.03262, section 3.2. No guidance, no covariates.
 */
export function createDenoiser(model: DiffusionModel, seed: number): Denoiser {
  const { entry } = model;
  if (!entry.components.vaeEncoder) throw cannotEncode(entry);
  const count = latentDims(entry).reduce((product, size) => product * size, 1);
  const noise = standardNormals(seed, 0, count);
  const schedule = LEVELS.map((level) => noiseLevel(entry.schedulers[0], level));
  return {
    levels: LEVELS,
    async losses(file, prompt) {
      const latents = await encode(model, file);
      const conditions = await model.encodeConditions({
        modelId: entry.id,
        prompt,
        negativePrompt: '',
        seed: 0,
        imageIndex: 0,
        numInferenceSteps: entry.defaults.numInferenceSteps,
        guidanceScale: 1,
        scheduler: entry.defaults.scheduler,
        covariates: {},
      });
      const found = new Float64Array(LEVELS.length);
      for (const [k, { timestep, noised, target }] of schedule.entries()) {
        const x = latents.map((clean, i) => noised.clean * clean + noised.noise * noise[i]);
        const state = model.startLatents(x);
        const step = { timestep, inputScale: 1 };
        const answer = await model.predictNoise(state.current, step, conditions, 1);
        const predicted =
          answer instanceof Float32Array ? answer : await readFloat32(model.gpu!, answer);
        state.release();
        found[k] = meanSquaredError(predicted, latents, noise, target);
      }
      return found;
    },
  };
}

/** flow: Liu et al. 2022, https://arxiv.org/abs/2209.03003; epsilon: Ho et al. 2020; v: Salimans and Ho 2022, app. D. */
export function noiseLevel(config: SchedulerConfig, level: number): NoiseLevel {
  const { predictionType, numTrainTimesteps } = config;
  if (predictionType === 'flow') {
    return {
      timestep: level * numTrainTimesteps,
      noised: { clean: 1 - level, noise: level },
      target: { latents: -1, noisePred: 1 },
    };
  }
  const timestep = Math.round(level * (numTrainTimesteps - 1));
  const alphaProd = alphasCumprod(config)[timestep];
  const [clean, noise] = [Math.sqrt(alphaProd), Math.sqrt(1 - alphaProd)];
  const target =
    predictionType === 'epsilon'
      ? { latents: 0, noisePred: 1 }
      : { latents: -noise, noisePred: clean };
  return { timestep, noised: { clean, noise }, target };
}

/** At the model's size, cut to it, [1, c, h, w] at the UNet's scale. */
async function encode(model: DiffusionModel, file: Blob): Promise<Float32Array> {
  const image = await readImage(file);
  const view = { window: defaultWindow(image), invert: false };
  const { width, height } = model.entry.image;
  return model.encodeImage(toModelInput(image, view, { width, height, fit: 'crop' }));
}

function meanSquaredError(
  predicted: Float32Array,
  latents: Float32Array,
  noise: Float32Array,
  target: Coefficients,
): number {
  let sum = 0;
  for (let i = 0; i < latents.length; i++) {
    sum += (predicted[i] - target.latents * latents[i] - target.noisePred * noise[i]) ** 2;
  }
  return sum / latents.length;
}

function cannotEncode({ title }: DiffusionEntry): Error {
  return appError(
    'ModelUnsupported',
    `${title} cannot be tested for membership (expected a VAE encoder in its manifest entry, got none). Choose a ` +
      'model that has one.',
  );
}
