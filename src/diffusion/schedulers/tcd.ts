import type { SchedulerConfig } from '../../models/manifest/manifest';
import {
  STABLE_DIFFUSION,
  alphasCumprod,
  checkDiffusion,
  checkSignal,
  distilledTimesteps,
} from './noise-schedule';
import { combine, predictions, type Scheduler, type SchedulerStep } from './scheduler';

/**
 * Trajectory consistency: each step goes down to timestep s, below the next one t' by the factor 1 − eta, and fresh
 * noise brings it up to t'. Zheng et al. 2024, https://arxiv.org/abs/2402.19159, algorithm 4; its γ is eta, 0.3.
 */
export default function createTcd(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  checkDiffusion('TCD', config);
  const { eta = 0.3 } = config;
  const alphas = alphasCumprod({ ...STABLE_DIFFUSION, ...config });
  const timesteps = distilledTimesteps(config, numInferenceSteps);
  const steps = timesteps.map((timestep, i): SchedulerStep => {
    checkSignal('TCD', config, alphas[timestep]);
    const [signal, noise] = [Math.sqrt(alphas[timestep]), Math.sqrt(1 - alphas[timestep])];
    const { predOriginal, predEpsilon } = predictions(config.predictionType, signal, noise);
    const nextTimestep = timesteps[i + 1] ?? 0;
    // In float32, for the floor to fall as in diffusers.
    const target = Math.floor(Math.fround(Math.fround(1 - eta) * nextTimestep));
    const alphaTarget = alphas[target];
    const isLast = i === numInferenceSteps - 1;
    const alphaRatio = isLast || eta === 0 ? 1 : alphas[nextTimestep] / alphaTarget;
    const next = combine(
      ...([Math.sqrt(alphaRatio * alphaTarget), predOriginal] as const),
      ...([Math.sqrt(alphaRatio * (1 - alphaTarget)), predEpsilon] as const),
    );
    return {
      timestep,
      inputScale: 1,
      next: { ...next, history: [], noise: Math.sqrt(1 - alphaRatio) },
      predOriginal,
      keep: null,
      noised: { clean: signal, noise },
    };
  });
  return { initNoiseSigma: 1, steps: steps.slice(firstStep) };
}
