import type { SchedulerConfig } from '../../models/manifest/manifest';
import {
  checkDiffusion,
  eulerNoiseLevels,
  initialSigma,
  karrasSigmas,
  timestepOfSigma,
  trainingSigmas,
} from './noise-schedule';
import { predictionsAtSigma, type Scheduler, type SchedulerStep } from './scheduler';

/**
 * Euler steps down the noise levels, diffusers' EulerDiscreteScheduler without churn. Karras et al. 2022,
 * https://arxiv.org/abs/2206.00364, algorithm 2 with S_churn = 0.
 *
 * The latents are x = x_0 + σ·ε, and the UNet sees x/√(σ² + 1). Paper → code: d_i → predEpsilon, D_θ → predOriginal.
 */
export default function createEuler(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  checkDiffusion('Euler', config, true);
  const training = trainingSigmas(config);
  let levels = eulerNoiseLevels(config, numInferenceSteps, training);
  if (config.useKarrasSigmas) {
    const [highest, lowest] = [levels[0].sigma, levels[levels.length - 1].sigma];
    levels = karrasSigmas(lowest, highest, numInferenceSteps).map((sigma) => ({
      timestep: Math.fround(timestepOfSigma(sigma, training)),
      sigma: Math.fround(sigma),
    }));
  }
  const lastSigma = config.finalSigmasType === 'sigma_min' ? training[0] : 0;
  const steps = levels.map(({ timestep, sigma }, i): SchedulerStep => {
    const { predOriginal, predEpsilon, inputScale } = predictionsAtSigma(config, sigma);
    const distance = (levels[i + 1]?.sigma ?? lastSigma) - sigma;
    return {
      timestep,
      inputScale,
      next: {
        latents: 1 + distance * predEpsilon.latents,
        noisePred: distance * predEpsilon.noisePred,
        history: [],
        noise: 0,
      },
      predOriginal,
      keep: null,
      noised: { clean: 1, noise: sigma },
    };
  });
  return { initNoiseSigma: initialSigma(config, levels), steps: steps.slice(firstStep) };
}
