/** One linear combination: latents·x + noisePred·y, y after guidance. */
export interface Coefficients {
  latents: number;
  noisePred: number;
}

/**
 * What follows a step: latents·x + noisePred·y + Σ history[i]·kept[i] + noise·z.
 *
 * kept[0] is what the step before kept, kept[1] the one before that; z is fresh standard normal noise (`stepNoise`).
 */
export interface StepCoefficients extends Coefficients {
  history: number[];
  noise: number;
}

/** One denoising step, as numbers only: the arithmetic on latents is `applyStep`, or a GPU kernel. */
export interface SchedulerStep {
  /** What the UNet is told; for flow models σ·numTrainTimesteps. */
  timestep: number;
  /** The UNet sees inputScale·latents. */
  inputScale: number;
  /** The latents after this step. */
  next: StepCoefficients;
  /** The clean latents this step predicts, for the preview. */
  predOriginal: Coefficients;
  /** What joins the front of the history after this step; null where nothing does. */
  keep: Coefficients | null;
  /** The latents before this step are clean·x̂_0 + noise·z: where image to image starts. */
  noised: { clean: number; noise: number };
}

/** A whole sampling run, decided before it starts. */
export interface Scheduler {
  /** Standard deviation of the first latents. */
  initNoiseSigma: number;
  /** Noisiest first. */
  steps: SchedulerStep[];
}

/** a·p + b·q. */
export function combine(a: number, p: Coefficients, b: number, q: Coefficients): Coefficients {
  return {
    latents: a * p.latents + b * q.latents,
    noisePred: a * p.noisePred + b * q.noisePred,
  };
}

/**
 * x̂_0 and ε̂ where x = signal·x_0 + noise·ε, written in x, the latents, and y, the noisePred.
 *
 * epsilon: ε̂ = y, x̂_0 = (x − noise·y)/signal.  v (Salimans & Ho 2022, https://arxiv.org/abs/2202.00512, app. D):
 * x̂_0 = signal·x − noise·y, ε̂ = signal·y + noise·x.  flow (signal = 1 − noise): x̂_0 = x − noise·y, ε̂ = x + signal·y.
 */
export function predictions(
  predictionType: 'flow' | 'epsilon' | 'v',
  signal: number,
  noise: number,
): { predOriginal: Coefficients; predEpsilon: Coefficients } {
  switch (predictionType) {
    case 'epsilon':
      return {
        predOriginal: { latents: 1 / signal, noisePred: -noise / signal },
        predEpsilon: { latents: 0, noisePred: 1 },
      };
    case 'v':
      return {
        predOriginal: { latents: signal, noisePred: -noise },
        predEpsilon: { latents: noise, noisePred: signal },
      };
    case 'flow':
      return {
        predOriginal: { latents: 1, noisePred: -noise },
        predEpsilon: { latents: 1, noisePred: signal },
      };
  }
}

/**
 * The same where x = x_0 + σ·ε and the UNet saw inputScale·x, which has the variance it was trained with. Karras et
 * al. 2022, https://arxiv.org/abs/2206.00364, table 1.
 */
export function predictionsAtSigma(
  { predictionType }: { predictionType: 'flow' | 'epsilon' | 'v' },
  sigma: number,
) {
  const inputScale = 1 / Math.sqrt(sigma ** 2 + 1);
  const { predOriginal, predEpsilon } = predictions(predictionType, inputScale, sigma * inputScale);
  const unscaled = ({ latents, noisePred }: Coefficients) => {
    return { latents: latents * inputScale, noisePred };
  };
  return { inputScale, predOriginal: unscaled(predOriginal), predEpsilon: unscaled(predEpsilon) };
}
