import { appError } from '../../errors';
import type { SchedulerConfig } from '../../models/manifest/manifest';

/** `count` numbers from `start` to `stop`, both included, as NumPy spaces them; one number is `start`. */
export function linspace(start: number, stop: number, count: number): number[] {
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => {
    return i > 0 && i === count - 1 ? stop : start + i * step;
  });
}

/** Rounds halves to the even neighbour, as NumPy does. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * ᾱ_t = ∏ (1 − β_s) for t = 0…numTrainTimesteps−1. Ho et al. 2020, https://arxiv.org/abs/2006.11239, eq. 4.
 *
 * `scaled_linear` is linear in √β, the schedule of latent diffusion (Rombach et al. 2021). β and ᾱ are rounded to
 * float32 as in diffusers: 1 − ᾱ_0 is small enough for that to show.
 */
export function alphasCumprod(config: SchedulerConfig): number[] {
  const { numTrainTimesteps, betaStart = 0.0001, betaEnd = 0.02 } = config;
  const scaled = config.betaSchedule === 'scaled_linear';
  const betas = scaled
    ? linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), numTrainTimesteps).map((root) =>
        Math.fround(Math.fround(root) ** 2),
      )
    : linspace(betaStart, betaEnd, numTrainTimesteps).map(Math.fround);
  let product = 1;
  const alphas = betas.map((beta) => Math.fround((product *= Math.fround(1 - beta))));
  return config.rescaleBetasZeroSnr ? rescaleZeroTerminalSnr(alphas) : alphas;
}

/** Shifts and scales √ᾱ so that it ends at 0. Lin et al. 2023, https://arxiv.org/abs/2305.08891, algorithm 1. */
function rescaleZeroTerminalSnr(alphas: number[]): number[] {
  const roots = alphas.map((alpha) => Math.fround(Math.sqrt(alpha)));
  const [first, last] = [roots[0], roots[roots.length - 1]];
  return roots.map((root) => Math.fround(((root - last) * (first / (first - last))) ** 2));
}

/**
 * Whole-numbered timesteps, noisiest first, in the spacings of Lin et al. 2023, https://arxiv.org/abs/2305.08891,
 * table 2, rounded as diffusers rounds them.
 */
export function discreteTimesteps(config: SchedulerConfig, numInferenceSteps: number): number[] {
  const { numTrainTimesteps, timestepSpacing = 'leading' } = config;
  checkNumSteps(config, numInferenceSteps);
  const timesteps =
    timestepSpacing === 'linspace'
      ? linspace(0, numTrainTimesteps - 1, numInferenceSteps)
          .map(roundHalfEven)
          .reverse()
      : timestepSpacing === 'trailing'
        ? trailingTimesteps(config, numInferenceSteps)
        : leadingTimesteps(config, numInferenceSteps, numInferenceSteps);
  checkTimesteps(config, timesteps);
  return timesteps;
}

/** Every `numTrainTimesteps / numInferenceSteps`-th timestep, the last one of training first. */
export function trailingTimesteps(
  { numTrainTimesteps }: SchedulerConfig,
  numInferenceSteps: number,
): number[] {
  // NumPy's arange takes its stride from the first two values; halves then round as there.
  const stride = numTrainTimesteps - (numTrainTimesteps - numTrainTimesteps / numInferenceSteps);
  return Array.from({ length: numInferenceSteps }, (_, i) => {
    return roundHalfEven(numTrainTimesteps - i * stride) - 1;
  });
}

/** Multiples of numTrainTimesteps / numParts, rounded down, plus stepsOffset; the `numInferenceSteps` noisiest of them. */
export function leadingTimesteps(
  { numTrainTimesteps, stepsOffset = 0 }: SchedulerConfig,
  numInferenceSteps: number,
  numParts: number,
): number[] {
  const stride = Math.floor(numTrainTimesteps / numParts);
  return Array.from({ length: numInferenceSteps }, (_, i) => {
    return (numParts - 1 - i) * stride + stepsOffset;
  });
}

/** The noise schedule of Stable Diffusion, which diffusers takes for consistency models where nothing is said. */
export const STABLE_DIFFUSION = {
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'scaled_linear',
} as const;

/** Timesteps of a consistency model: evenly from the `originalInferenceSteps` (50) it was distilled on. */
export function distilledTimesteps(config: SchedulerConfig, numInferenceSteps: number): number[] {
  const { numTrainTimesteps, originalInferenceSteps = 50 } = config;
  if (numInferenceSteps > originalInferenceSteps || originalInferenceSteps > numTrainTimesteps) {
    throw appError(
      'RequestInvalid',
      `This scheduler knows ${originalInferenceSteps} timesteps (expected at most that many steps, got ` +
        `${numInferenceSteps}). Use fewer steps; such a model needs 1 to 8.`,
    );
  }
  const stride = Math.floor(numTrainTimesteps / originalInferenceSteps);
  return Array.from({ length: numInferenceSteps }, (_, i) => {
    const index = Math.floor((i * originalInferenceSteps) / numInferenceSteps);
    return (originalInferenceSteps - index) * stride - 1;
  });
}

/**
 * σ = √((1 − ᾱ)/ᾱ) of every training timestep: the noise level where x = x_0 + σ·ε (Karras et al. 2022).
 *
 * A schedule that ends in pure noise ends at σ = 2¹² instead of ∞, as in diffusers.
 */
export function trainingSigmas(config: SchedulerConfig): number[] {
  const alphas = alphasCumprod(config);
  if (config.rescaleBetasZeroSnr) alphas[alphas.length - 1] = 2 ** -24;
  return alphas.map((alpha) => Math.fround(Math.sqrt(Math.fround(Math.fround(1 - alpha) / alpha))));
}

/** The value of `values` at a position between two of its indices. */
export function interpolate(values: number[], position: number): number {
  const low = Math.min(Math.max(Math.floor(position), 0), values.length - 1);
  const high = Math.min(low + 1, values.length - 1);
  return values[low] + (position - low) * (values[high] - values[low]);
}

/** `count` noise levels from σ_max down to σ_min. Karras et al. 2022, https://arxiv.org/abs/2206.00364, eq. 5, ρ = 7. */
export function karrasSigmas(sigmaMin: number, sigmaMax: number, count: number): number[] {
  const rho = 7;
  const [low, high] = [sigmaMin ** (1 / rho), sigmaMax ** (1 / rho)];
  return linspace(0, 1, count).map((ramp) => (high + ramp * (low - high)) ** rho);
}

/** The timestep, seldom a whole number, at which training had this noise level; linear in log σ. */
export function timestepOfSigma(sigma: number, sigmas: number[]): number {
  const above = sigmas.findIndex((candidate) => candidate > sigma);
  const low = above < 0 ? sigmas.length - 2 : Math.min(Math.max(above - 1, 0), sigmas.length - 2);
  const [logLow, logHigh] = [Math.log(sigmas[low]), Math.log(sigmas[low + 1])];
  const weight = (logLow - Math.log(Math.max(sigma, 1e-10))) / (logLow - logHigh);
  return low + Math.min(Math.max(weight, 0), 1);
}

/** One noise level of a σ schedule, x = x_0 + σ·ε, and what the UNet is told there. */
export interface NoiseLevel {
  timestep: number;
  sigma: number;
}

/** The levels of diffusers' Euler schedulers, without the final 0; `training` is σ of every training timestep. */
export function eulerNoiseLevels(
  config: SchedulerConfig,
  numInferenceSteps: number,
  training: number[],
): NoiseLevel[] {
  const { numTrainTimesteps, timestepSpacing = 'linspace' } = config;
  checkNumSteps(config, numInferenceSteps);
  const timesteps =
    timestepSpacing === 'linspace'
      ? linspace(0, numTrainTimesteps - 1, numInferenceSteps)
          .map(Math.fround)
          .reverse()
      : discreteTimesteps(config, numInferenceSteps);
  return timesteps.map((timestep) => {
    return { timestep, sigma: Math.fround(interpolate(training, timestep)) };
  });
}

/** Standard deviation of the first latents: leading timesteps start where x_0 still shows. */
export function initialSigma({ timestepSpacing }: SchedulerConfig, levels: NoiseLevel[]): number {
  const [{ sigma }] = levels;
  return timestepSpacing === 'leading' ? Math.sqrt(sigma ** 2 + 1) : sigma;
}

/** Throws where a model's prediction or settings cannot go with the scheduler called `title`. */
export function checkDiffusion(title: string, config: SchedulerConfig, takesKarras = false) {
  if (config.predictionType === 'flow') {
    throw unsupported(
      `${title} takes a model that predicts epsilon or v, and this one predicts flow. ` +
        'Choose the scheduler flow-match-euler.',
    );
  }
  checkSettings(title, config, takesKarras);
}

/** Throws where a model does not predict flow, which the scheduler called `title` needs. */
export function requireFlow(title: string, { predictionType }: SchedulerConfig) {
  if (predictionType === 'flow') return;
  throw unsupported(
    `${title} takes a model that predicts flow, and this one predicts ${predictionType}. ` +
      'Choose another scheduler, ddim or euler for instance.',
  );
}

/** Throws where a setting of the manifest cannot be kept by the scheduler called `title`. */
export function checkSettings(title: string, config: SchedulerConfig, takesKarras = false) {
  if (config.clipSample) {
    throw unsupported(
      `${title} here is without sample clipping (expected clipSample false, got true), which no latent ` +
        'diffusion model needs. Set clipSample to false in the model manifest.',
    );
  }
  if (config.useKarrasSigmas && !takesKarras) {
    throw unsupported(
      `${title} has no Karras sigmas (expected useKarrasSigmas false, got true). Choose the scheduler euler or ` +
        'dpm-solver-multistep, or set it to false in the model manifest.',
    );
  }
}

/** Throws for a step of epsilon prediction from pure noise, which says nothing about the picture. */
export function checkSignal(title: string, config: SchedulerConfig, alphaProd: number) {
  if (alphaProd > 0 || config.predictionType !== 'epsilon') return;
  throw unsupported(
    `${title} cannot start from pure noise with a model that predicts epsilon (expected predictionType v with ` +
      'rescaleBetasZeroSnr, got epsilon). Set rescaleBetasZeroSnr to false in the model manifest.',
  );
}

/** Throws where more steps are asked for than training had timesteps. */
export function checkNumSteps({ numTrainTimesteps }: SchedulerConfig, numInferenceSteps: number) {
  if (numInferenceSteps <= numTrainTimesteps) return;
  throw appError(
    'RequestInvalid',
    `The schedule has ${numTrainTimesteps} timesteps (expected at most that many steps, got ` +
      `${numInferenceSteps}). Use fewer steps.`,
  );
}

/** Throws where a spacing with its offset leads past the last timestep of training. */
export function checkTimesteps({ numTrainTimesteps }: SchedulerConfig, timesteps: number[]) {
  const beyond = timesteps.find((timestep) => timestep > numTrainTimesteps - 1 || timestep < 0);
  if (beyond === undefined) return;
  throw appError(
    'RequestInvalid',
    `The schedule asks for timestep ${beyond}, and the model knows 0 to ${numTrainTimesteps - 1}. ` +
      'Use fewer steps.',
  );
}

function unsupported(message: string) {
  return appError('ModelUnsupported', message);
}
