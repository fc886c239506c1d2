import { appError } from '../../errors';
import type { SchedulerConfig } from '../../models/manifest';
import { alphasCumprod, linspace, roundHalfEven } from './noise-schedule';
import type { Scheduler, SchedulerStep } from './scheduler';

/**
 * DDIM, deterministic (η = 0). Song et al. 2020, https://arxiv.org/abs/2010.02502, eq. 12.
 *
 * Paper → code: ᾱ_t → alphaProd, ε_θ(x_t, t) → noisePred, x̂_0 → predOriginal.
 */
export function createDdim(config: SchedulerConfig, numInferenceSteps: number): Scheduler {
  checkDdim(config);
  const { numTrainTimesteps, setAlphaToOne = true } = config;
  const alphas = alphasCumprod(config);
  const stride = Math.floor(numTrainTimesteps / numInferenceSteps);
  const steps = ddimTimesteps(config, numInferenceSteps).map((timestep) => {
    const alphaProd = alphas[timestep];
    if (alphaProd === undefined) throw beyondTraining(timestep, config);
    const previous = timestep - stride;
    const alphaProdPrev = previous >= 0 ? alphas[previous] : setAlphaToOne ? 1 : alphas[0];
    return ddimStep(timestep, alphaProd, alphaProdPrev, config.predictionType);
  });
  return { initNoiseSigma: 1, steps };
}

/**
 * x_prev = √ᾱ_prev·x̂_0 + √(1 − ᾱ_prev)·ε̂, with x̂_0 and ε̂ written in latents and noisePred.
 *
 * epsilon: ε̂ = y, x̂_0 = (x − √(1−ᾱ)·y)/√ᾱ.  v (Salimans & Ho 2022, https://arxiv.org/abs/2202.00512, app. D):
 * x̂_0 = √ᾱ·x − √(1−ᾱ)·y, ε̂ = √ᾱ·y + √(1−ᾱ)·x.
 */
function ddimStep(
  timestep: number,
  alphaProd: number,
  alphaProdPrev: number,
  predictionType: SchedulerConfig['predictionType'],
): SchedulerStep {
  const [signal, noise] = [Math.sqrt(alphaProd), Math.sqrt(1 - alphaProd)];
  const [signalPrev, noisePrev] = [Math.sqrt(alphaProdPrev), Math.sqrt(1 - alphaProdPrev)];
  const isV = predictionType === 'v';
  const predOriginal = isV
    ? { latents: signal, noisePred: -noise }
    : { latents: 1 / signal, noisePred: -noise / signal };
  const predEpsilon = isV ? { latents: noise, noisePred: signal } : { latents: 0, noisePred: 1 };
  const next = {
    latents: signalPrev * predOriginal.latents + noisePrev * predEpsilon.latents,
    noisePred: signalPrev * predOriginal.noisePred + noisePrev * predEpsilon.noisePred,
  };
  return { timestep, next, predOriginal };
}

/** The spacings of Lin et al. 2023, https://arxiv.org/abs/2305.08891, table 2, rounded as diffusers rounds them. */
function ddimTimesteps(config: SchedulerConfig, numInferenceSteps: number): number[] {
  const { numTrainTimesteps, timestepSpacing = 'leading', stepsOffset = 0 } = config;
  if (timestepSpacing === 'linspace') {
    return linspace(0, numTrainTimesteps - 1, numInferenceSteps)
      .map(roundHalfEven)
      .reverse();
  }
  if (timestepSpacing === 'trailing') {
    // NumPy's arange takes its stride from the first two values; halves then round as there.
    const stride = numTrainTimesteps - (numTrainTimesteps - numTrainTimesteps / numInferenceSteps);
    return Array.from({ length: numInferenceSteps }, (_, i) => {
      return roundHalfEven(numTrainTimesteps - i * stride) - 1;
    });
  }
  const stride = Math.floor(numTrainTimesteps / numInferenceSteps);
  return Array.from({ length: numInferenceSteps }, (_, i) => i * stride + stepsOffset).reverse();
}

function checkDdim({ predictionType, clipSample }: SchedulerConfig) {
  if (predictionType === 'flow') {
    throw appError(
      'ModelUnsupported',
      'DDIM takes a model that predicts epsilon or v, and this one predicts flow. ' +
        'Choose the scheduler flow-match-euler.',
    );
  }
  if (clipSample) {
    throw appError(
      'ModelUnsupported',
      'DDIM here is without sample clipping (expected clipSample false, got true), which no latent ' +
        'diffusion model needs. Set clipSample to false in the model manifest.',
    );
  }
}

function beyondTraining(timestep: number, { numTrainTimesteps }: SchedulerConfig) {
  return appError(
    'RequestInvalid',
    `The schedule asks for timestep ${timestep}, and the model knows 0 to ${numTrainTimesteps - 1}. ` +
      'Use fewer steps.',
  );
}
