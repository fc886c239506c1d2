/** What trains the factors, over one array of all their numbers. The functions change their first array in place. */

/** Settings of AdamW under torch.optim's names. */
export interface AdamWSettings {
  betas: readonly [number, number];
  epsilon: number;
  weightDecay: number;
}

/** Running means of the gradients and of their squares, one number for each parameter. */
export interface Moments {
  first: Float32Array<ArrayBuffer>;
  second: Float32Array<ArrayBuffer>;
}

/** Moments before the first step. */
export function zeroMoments(count: number): Moments {
  return { first: new Float32Array(count), second: new Float32Array(count) };
}

/**
 * One step of AdamW. Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2, in the arithmetic of
 * torch.optim.AdamW. `step` counts from 1.
 *
 * Paper → code: θ → parameters, g → gradients, m → first, v → second, λ → weightDecay, α → learningRate.
 */
export function adamwStep(
  parameters: Float32Array,
  gradients: Float32Array,
  { first, second }: Moments,
  { betas: [beta1, beta2], epsilon, weightDecay }: AdamWSettings,
  learningRate: number,
  step: number,
) {
  const stepSize = learningRate / (1 - beta1 ** step);
  const root = Math.sqrt(1 - beta2 ** step);
  const kept = 1 - learningRate * weightDecay;
  for (let i = 0; i < parameters.length; i++) {
    const g = gradients[i];
    first[i] += (g - first[i]) * (1 - beta1);
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    const denominator = Math.sqrt(second[i]) / root + epsilon;
    parameters[i] = parameters[i] * kept - (stepSize * first[i]) / denominator;
  }
}

/** Scales gradients down to a norm of `maxNorm` over all of them; returns the norm that they had. */
export function clipGradients(gradients: Float32Array, maxNorm: number): number {
  let squares = 0;
  for (const g of gradients) squares += g * g;
  const norm = Math.sqrt(squares);
  const factor = maxNorm / (norm + 1e-6); // torch.nn.utils.clip_grad_norm_'s guard
  if (factor < 1) for (let i = 0; i < gradients.length; i++) gradients[i] *= factor;
  return norm;
}

/** Linear warm-up to a constant rate; `step` counts from 1. */
export function warmedUp(learningRate: number, step: number, warmUpSteps: number): number {
  return learningRate * Math.min(1, step / Math.max(1, warmUpSteps));
}

/** Exponential moving average: average ← decay · average + (1 − decay) · parameters. */
export function updateAverage(average: Float32Array, parameters: Float32Array, decay: number) {
  for (let i = 0; i < average.length; i++) average[i] += (1 - decay) * (parameters[i] - average[i]);
}

/** The decay after so many steps: a young average must not remember its start. As training/train/train.py. */
export function averageDecay(decay: number, step: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}
