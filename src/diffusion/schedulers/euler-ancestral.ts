import type { SchedulerConfig } from '../../models/manifest/manifest';
import { checkDiffusion, eulerNoiseLevels, initialSigma, trainingSigmas } from './noise-schedule';
import { predictionsAtSigma, type Scheduler, type SchedulerStep } from './scheduler';

/**
 * Ancestral sampling by Euler steps: each goes down further than asked, to σ_down, and fresh noise brings it up to
 * σ_next. Ho et al. 2020, https://arxiv.org/abs/2006.11239, in the noise levels of Song et al. 2021,
 * https://arxiv.org/abs/2011.13456, as k-diffusion writes it.
 */
export default function createEulerAncestral(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  checkDiffusion('Euler ancestral', config);
  const levels = eulerNoiseLevels(config, numInferenceSteps, trainingSigmas(config));
  const steps = levels.map(({ timestep, sigma }, i): SchedulerStep => {
    const { predOriginal, predEpsilon, inputScale } = predictionsAtSigma(config, sigma);
    const sigmaNext = levels[i + 1]?.sigma ?? 0;
    const up = Math.sqrt((sigmaNext ** 2 * (sigma ** 2 - sigmaNext ** 2)) / sigma ** 2);
    const down = Math.sqrt(sigmaNext ** 2 - up ** 2);
    const distance = down - sigma;
    return {
      timestep,
      inputScale,
      next: {
        latents: 1 + distance * predEpsilon.latents,
        noisePred: distance * predEpsilon.noisePred,
        history: [],
        noise: up,
      },
      predOriginal,
      keep: null,
      noised: { clean: 1, noise: sigma },
    };
  });
  return { initNoiseSigma: initialSigma(config, levels), steps: steps.slice(firstStep) };
}
