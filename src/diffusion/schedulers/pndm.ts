import { appError } from '../../errors';
import type { SchedulerConfig } from '../../models/manifest/manifest';
import { alphasCumprod, checkDiffusion, checkTimesteps, discreteTimesteps } from './noise-schedule';
import { predictions, type Coefficients, type Scheduler, type SchedulerStep } from './scheduler';

/** Adams-Bashforth weights of the newest noisePred and the older ones, by how many of them there are. */
const MULTISTEP = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/**
 * PNDM by linear multistep alone, as Stable Diffusion uses it (skip_prk_steps). Liu et al. 2022,
 * https://arxiv.org/abs/2202.09778, eq. 9 and 12.
 *
 * It looks twice at the second noise level, so n steps take n + 1 runs of the UNet: the first step goes ahead with
 * one noisePred e_0, and the second goes again from where the first began, with the mean of both.
 */
export default function createPndm(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  checkPndm(config);
  const transfer = createTransfer(config);
  const stride = Math.floor(config.numTrainTimesteps / numInferenceSteps);
  const alphas = alphasCumprod(config);
  const timesteps = pndmTimesteps(config, numInferenceSteps).slice(firstStep);
  if (timesteps.length > 1) checkTimesteps(config, [timesteps[1] + stride]);

  const steps = timesteps.map((timestep, i): SchedulerStep => {
    const [signal, noise] = [Math.sqrt(alphas[timestep]), Math.sqrt(1 - alphas[timestep])];
    return {
      timestep,
      inputScale: 1,
      next:
        i === 1
          ? repeatFirst(
              transfer(timesteps[0], timesteps[0] - stride),
              transfer(timestep + stride, timestep),
            )
          : multistep(transfer(timestep, timestep - stride), i < 2 ? i : i - 1),
      ...predictionOf(config, signal, noise),
      keep: i === 1 ? null : { latents: 0, noisePred: 1 },
      noised: { clean: signal, noise },
    };
  });
  return { initNoiseSigma: 1, steps };
}

/** x_next = a·x + b·Σ w_i·e_i, where e_0 is this step's noisePred and `numKept` others are kept. */
function multistep({ latents, noisePred }: Coefficients, numKept: number) {
  const [newest, ...older] = MULTISTEP[Math.min(numKept, MULTISTEP.length - 1)];
  const history = older.map((weight) => noisePred * weight);
  return { latents, noisePred: noisePred * newest, history, noise: 0 };
}

/** The first step made x_1 = a_0·x_0 + b_0·e_0; this one is a·x_0 + b·(e_0 + y)/2, written in x_1, e_0 and y. */
function repeatFirst(first: Coefficients, again: Coefficients) {
  const latents = again.latents / first.latents;
  const half = again.noisePred / 2;
  return { latents, noisePred: half, history: [half - latents * first.noisePred], noise: 0 };
}

function predictionOf({ predictionType }: SchedulerConfig, signal: number, noise: number) {
  const { predOriginal } = predictions(predictionType, signal, noise);
  return { predOriginal };
}

/** Eq. 9: from timestep to previous as a·x + b·output; where the model predicts v, ε̂ = √ᾱ·output + √(1 − ᾱ)·x. */
function createTransfer(config: SchedulerConfig) {
  const alphas = alphasCumprod(config);
  const { predictionType, setAlphaToOne = false } = config;
  return (timestep: number, previous: number): Coefficients => {
    const alpha = alphas[timestep];
    const alphaPrev = previous >= 0 ? alphas[previous] : setAlphaToOne ? 1 : alphas[0];
    const [beta, betaPrev] = [1 - alpha, 1 - alphaPrev];
    const a = Math.sqrt(alphaPrev / alpha);
    const b =
      -(alphaPrev - alpha) / (alpha * Math.sqrt(betaPrev) + Math.sqrt(alpha * beta * alphaPrev));
    if (predictionType === 'epsilon') return { latents: a, noisePred: b };
    return { latents: a + b * Math.sqrt(beta), noisePred: b * Math.sqrt(alpha) };
  };
}

/** Noisiest first, the second one twice. */
function pndmTimesteps(config: SchedulerConfig, numInferenceSteps: number): number[] {
  const timesteps = discreteTimesteps(config, numInferenceSteps);
  return [...timesteps.slice(0, 2), ...timesteps.slice(1)];
}

function checkPndm(config: SchedulerConfig) {
  checkDiffusion('PNDM', config);
  if (config.rescaleBetasZeroSnr) {
    throw appError(
      'ModelUnsupported',
      'PNDM has no zero-terminal-SNR schedule (expected rescaleBetasZeroSnr false, got true). ' +
        'Choose the scheduler ddim or euler.',
    );
  }
  if (config.skipPrkSteps === false) {
    throw appError(
      'ModelUnsupported',
      'PNDM here is without Runge-Kutta steps, as Stable Diffusion uses it (expected skipPrkSteps true, got ' +
        'false). Set skipPrkSteps to true in the model manifest.',
    );
  }
}
