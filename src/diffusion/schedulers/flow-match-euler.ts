import type { SchedulerConfig } from '../../models/manifest/manifest';
import { checkSettings, linspace, requireFlow } from './noise-schedule';
import type { Scheduler } from './scheduler';

/**
 * Euler steps along a rectified flow. Liu et al. 2022, https://arxiv.org/abs/2209.03003; the time shift is that of
 * Esser et al. 2024, https://arxiv.org/abs/2403.03206, eq. 23.
 *
 * x_σ = (1 − σ)·x_0 + σ·noise and noisePred = noise − x_0, so
 * x_next = x + (σ_next − σ)·noisePred and x̂_0 = x − σ·noisePred.
 */
export default function createFlowMatchEuler(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  requireFlow('Flow-match Euler', config);
  checkSettings('Flow-match Euler', config);
  const sigmas = flowSigmas(config, numInferenceSteps);
  const steps = sigmas.map((sigma, i) => ({
    timestep: Math.fround(sigma * config.numTrainTimesteps),
    inputScale: 1,
    next: { latents: 1, noisePred: (sigmas[i + 1] ?? 0) - sigma, history: [], noise: 0 },
    predOriginal: { latents: 1, noisePred: -sigma },
    keep: null,
    noised: { clean: 1 - sigma, noise: sigma },
  }));
  return { initNoiseSigma: 1, steps: steps.slice(firstStep) };
}

/**
 * The noise levels of the steps, without the final 0, rounded to float32 as in diffusers.
 *
 * `linspace` (the default) is diffusers' own choice: evenly from σ_max = 1 to σ_min, the shifted 1/numTrainTimesteps,
 * shifted a second time; its last step is then almost nothing. `trailing` is 1, 1 − 1/n, …, 1/n, shifted once.
 */
function flowSigmas(config: SchedulerConfig, numInferenceSteps: number): number[] {
  const { numTrainTimesteps, shift = 1 } = config;
  const shifted = (sigma: number) => Math.fround((shift * sigma) / (1 + (shift - 1) * sigma));
  const last =
    config.timestepSpacing === 'trailing' ? 1 / numInferenceSteps : shifted(1 / numTrainTimesteps);
  return linspace(1, last, numInferenceSteps).map(shifted);
}
