/** One linear combination: latents·x + noisePred·y. */
export interface Coefficients {
  latents: number;
  noisePred: number;
}

/** One denoising step, as numbers only: the arithmetic on latents is `applyStep`, or a GPU kernel. */
export interface SchedulerStep {
  /** What the UNet is told; for flow models σ·numTrainTimesteps. */
  timestep: number;
  /** The latents after this step. */
  next: Coefficients;
  /** The clean latents this step predicts, for the preview. */
  predOriginal: Coefficients;
}

/** A whole sampling run, decided before it starts. */
export interface Scheduler {
  /** Standard deviation of the first latents. */
  initNoiseSigma: number;
  /** Noisiest first. */
  steps: SchedulerStep[];
}
