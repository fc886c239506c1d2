import type { SchedulerConfig } from '../../models/manifest/manifest';
import {
  STABLE_DIFFUSION,
  alphasCumprod,
  checkDiffusion,
  checkSignal,
  distilledTimesteps,
} from './noise-schedule';
import { combine, predictions, type Scheduler, type SchedulerStep } from './scheduler';

/** Standard deviation of the data, in the boundary condition. */
const SIGMA_DATA = 0.5;

/**
 * Latent consistency: each step predicts the clean latents and puts fresh noise on them, less each time. Luo et al.
 * 2023, https://arxiv.org/abs/2310.04378, algorithm 3; c_skip and c_out are those of its appendix C.
 */
export default function createLcm(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  checkDiffusion('LCM', config);
  const { timestepScaling = 10 } = config;
  const alphas = alphasCumprod({ ...STABLE_DIFFUSION, ...config });
  const timesteps = distilledTimesteps(config, numInferenceSteps);
  const steps = timesteps.map((timestep, i): SchedulerStep => {
    checkSignal('LCM', config, alphas[timestep]);
    const [signal, noise] = [Math.sqrt(alphas[timestep]), Math.sqrt(1 - alphas[timestep])];
    const scaled = timestep * timestepScaling;
    const skip = SIGMA_DATA ** 2 / (scaled ** 2 + SIGMA_DATA ** 2);
    const out = scaled / Math.sqrt(scaled ** 2 + SIGMA_DATA ** 2);
    const { predOriginal } = predictions(config.predictionType, signal, noise);
    const denoised = combine(out, predOriginal, skip, { latents: 1, noisePred: 0 });
    const alphaNext = i === numInferenceSteps - 1 ? 1 : alphas[timesteps[i + 1]];
    const signalNext = Math.sqrt(alphaNext);
    return {
      timestep,
      inputScale: 1,
      next: {
        latents: signalNext * denoised.latents,
        noisePred: signalNext * denoised.noisePred,
        history: [],
        noise: Math.sqrt(1 - alphaNext),
      },
      predOriginal: denoised,
      keep: null,
      noised: { clean: signal, noise },
    };
  });
  return { initNoiseSigma: 1, steps: steps.slice(firstStep) };
}
