import type { SchedulerConfig } from '../../models/manifest/manifest';
import {
  checkNumSteps,
  checkSettings,
  checkTimesteps,
  interpolate,
  karrasSigmas,
  leadingTimesteps,
  linspace,
  roundHalfEven,
  timestepOfSigma,
  trailingTimesteps,
  trainingSigmas,
} from './noise-schedule';
import { predictions, type Scheduler, type SchedulerStep } from './scheduler';

/** Below this many steps the last one is of first order, where lowerOrderFinal says so. */
const FEW_STEPS = 15;

/** One noise level, x = signal·x_0 + noise·ε, and what the UNet is told there. */
interface Level {
  timestep: number;
  signal: number;
  noise: number;
}

/**
 * DPM-Solver++ 2M: second order, the midpoint rule on the clean latents predicted now and one step before. Lu et al.
 * 2022, https://arxiv.org/abs/2211.01095, algorithm 2.
 *
 * Paper → code: α_t → signal, σ_t → noise, λ_t = log(α_t/σ_t), x_θ → predOriginal.
 */
export default function createDpmSolverMultistep(
  config: SchedulerConfig,
  numInferenceSteps: number,
  firstStep = 0,
): Scheduler {
  checkSettings('DPM-Solver++', config, config.predictionType !== 'flow');
  checkNumSteps(config, numInferenceSteps);
  const { lowerOrderFinal = true, finalSigmasType = 'zero' } = config;
  const levels = dpmLevels(config, numInferenceSteps);
  const firstOrderLast =
    finalSigmasType === 'zero' || (lowerOrderFinal && numInferenceSteps < FEW_STEPS);
  const steps = levels.slice(0, -1).map((level, i): SchedulerStep => {
    const { predOriginal } = predictions(config.predictionType, level.signal, level.noise);
    const isFirstOrder = i <= firstStep || (i === numInferenceSteps - 1 && firstOrderLast);
    return {
      timestep: level.timestep,
      inputScale: 1,
      next: dpmStep(predOriginal, levels[i + 1], level, isFirstOrder ? null : levels[i - 1]),
      predOriginal,
      keep: predOriginal,
      noised: { clean: level.signal, noise: level.noise },
    };
  });
  return { initNoiseSigma: 1, steps: steps.slice(firstStep) };
}

/**
 * x_t = (σ_t/σ_s)·x + c·((1 + 1/2r)·x̂_0 − (1/2r)·kept), c = α_t·(1 − e^−h), h = λ_t − λ_s, r = h_before/h; without the
 * level before it is of first order, and 1/r = 0.
 */
function dpmStep(
  predOriginal: SchedulerStep['predOriginal'],
  to: Level,
  from: Level,
  before: Level | null,
): SchedulerStep['next'] {
  const ratio = to.noise / from.noise;
  const gain = to.signal - from.signal * ratio; // α_t·(1 − e^−h), and well defined at σ_t = 0
  const half = before ? (0.5 * (lambda(to) - lambda(from))) / (lambda(from) - lambda(before)) : 0;
  return {
    latents: ratio + gain * (1 + half) * predOriginal.latents,
    noisePred: gain * (1 + half) * predOriginal.noisePred,
    history: before ? [-gain * half] : [],
    noise: 0,
  };
}

/** Half the logarithm of the signal-to-noise ratio. */
function lambda({ signal, noise }: Level): number {
  return Math.log(signal) - Math.log(noise);
}

/** The levels of all steps, and the one that the last step ends on. */
function dpmLevels(config: SchedulerConfig, numInferenceSteps: number): Level[] {
  if (config.predictionType === 'flow') return flowLevels(config, numInferenceSteps);
  const training = trainingSigmas(config);
  const level = (timestep: number, sigma: number): Level => {
    const signal = 1 / Math.sqrt(Math.fround(sigma) ** 2 + 1);
    return { timestep, signal, noise: Math.fround(sigma) * signal };
  };
  const last = level(0, config.finalSigmasType === 'sigma_min' ? training[0] : 0);
  if (config.useKarrasSigmas) {
    const highest = training[training.length - 1];
    const sigmas = karrasSigmas(training[0], highest, numInferenceSteps);
    const timestepOf = (sigma: number) => roundHalfEven(timestepOfSigma(sigma, training));
    return [...sigmas.map((sigma) => level(timestepOf(sigma), sigma)), last];
  }
  const timesteps = dpmTimesteps(config, numInferenceSteps);
  return [...timesteps.map((timestep) => level(timestep, interpolate(training, timestep))), last];
}

/** Unlike other schedulers it spaces n + 1 timesteps and leaves out the cleanest, except for trailing ones. */
function dpmTimesteps(config: SchedulerConfig, numInferenceSteps: number): number[] {
  const { numTrainTimesteps, timestepSpacing = 'linspace' } = config;
  if (timestepSpacing === 'trailing') return trailingTimesteps(config, numInferenceSteps);
  const timesteps =
    timestepSpacing === 'leading'
      ? leadingTimesteps(config, numInferenceSteps, numInferenceSteps + 1)
      : linspace(0, numTrainTimesteps - 1, numInferenceSteps + 1)
          .map(roundHalfEven)
          .reverse()
          .slice(0, -1);
  checkTimesteps(config, timesteps);
  return timesteps;
}

/** Even noise levels of a rectified flow, where signal = 1 − noise, with its time shift; ends on the clean image. */
function flowLevels(config: SchedulerConfig, numInferenceSteps: number): Level[] {
  const { numTrainTimesteps, shift = 1 } = config;
  const sigmas = linspace(1, 1 / numTrainTimesteps, numInferenceSteps + 1)
    .map((alpha) => (shift * (1 - alpha)) / (1 + (shift - 1) * (1 - alpha)))
    .reverse()
    .slice(0, -1);
  const levels = sigmas.map((sigma) => {
    const noise = Math.fround(sigma);
    return { timestep: Math.trunc(sigma * numTrainTimesteps), signal: 1 - noise, noise };
  });
  return [...levels, { timestep: 0, signal: 1, noise: 0 }];
}
