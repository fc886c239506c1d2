import type { SchedulerConfig } from '../../models/manifest';

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
 * `scaled_linear` is linear in √β, the schedule of latent diffusion (Rombach et al. 2021).
 */
export function alphasCumprod(config: SchedulerConfig): number[] {
  const { numTrainTimesteps, betaStart = 0.0001, betaEnd = 0.02 } = config;
  const scaled = config.betaSchedule === 'scaled_linear';
  const betas = scaled
    ? linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), numTrainTimesteps).map((root) => root ** 2)
    : linspace(betaStart, betaEnd, numTrainTimesteps);
  let product = 1;
  return betas.map((beta) => (product *= 1 - beta));
}
