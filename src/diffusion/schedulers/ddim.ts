import type { SchedulerConfig } from '../../models/manifest/manifest';
import { alphasCumprod, checkDiffusion, checkSignal, discreteTimesteps } from './noise-schedule';
import { combine, predictions, type Scheduler, type SchedulerStep } from './scheduler';

/**
 * DDIM, deterministic (η = 0). Song et al. 2020, https://arxiv.org/abs/2010.02502, eq. 12.
 *
 * Paper → code: ᾱ_t → alphaProd, ε_θ(x_t, t) → noisePred, x̂_0 → predOriginal.
 */
export default function createDdim(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  checkDiffusion('DDIM', config);
  const { numTrainTimesteps, setAlphaToOne = true } = config;
  const alphas = alphasCumprod(config);
  const stride = Math.floor(numTrainTimesteps / numInferenceSteps);
  const steps = discreteTimesteps(config, numInferenceSteps).map((timestep) => {
    const previous = timestep - stride;
    const alphaProdPrev = previous >= 0 ? alphas[previous] : setAlphaToOne ? 1 : alphas[0];
    return ddimStep(config, timestep, alphas[timestep], alphaProdPrev);
  });
  return { initNoiseSigma: 1, steps: steps.slice(firstStep) };
}

/** x_prev = √ᾱ_prev·x̂_0 + √(1 − ᾱ_prev)·ε̂, with x̂_0 and ε̂ written in latents and noisePred. */
function ddimStep(
  config: SchedulerConfig,
  timestep: number,
  alphaProd: number,
  alphaProdPrev: number,
): SchedulerStep {
  checkSignal('DDIM', config, alphaProd);
  const [signal, noise] = [Math.sqrt(alphaProd), Math.sqrt(1 - alphaProd)];
  const { predOriginal, predEpsilon } = predictions(config.predictionType, signal, noise);
  const next = combine(
    ...([Math.sqrt(alphaProdPrev), predOriginal] as const),
    ...([Math.sqrt(1 - alphaProdPrev), predEpsilon] as const),
  );
  return {
    timestep,
    inputScale: 1,
    next: { ...next, history: [], noise: 0 },
    predOriginal,
    keep: null,
    noised: { clean: signal, noise },
  };
}
