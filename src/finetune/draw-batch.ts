import { normals, uniforms } from './random-streams';
import type { FinetuneSettings } from './run';
import type { TrainingBatch } from './training-step';

/** One image as training sees it. Latents are at the UNet's scale. */
export interface TrainingItem {
  /** [channels · height · width]. */
  latents: Float32Array<ArrayBuffer>;
  /** The same image mirrored left to right, where that is allowed. */
  mirrored?: Float32Array<ArrayBuffer>;
  /** [tokens · hidden] of its caption. */
  promptEmbeds: Float32Array;
  /** Tokens of the caption that are the learned word; absent: there is none. */
  wordPlaces?: number[];
  /** [covariates], −1…1, and 0 or 1 where one is known. */
  covariates: Float32Array;
  covariatesPresent: Float32Array;
}

/** Sizes that a model decides. */
export interface BatchShapes {
  /** Of one row: [channels, height, width]. */
  latents: number[];
  /** [tokens, hidden]. */
  promptEmbeds: number[];
  /** Of one row: [channels, size, size]; absent: the graph has no such input. */
  mask?: number[];
}

/** What a batch is drawn from. */
export interface TrainingPool {
  items: readonly TrainingItem[];
  /** The base model's own samples, with which it is reminded of what it knew; empty: none. */
  prior: readonly TrainingItem[];
  /** [tokens · hidden] of the empty caption, for classifier-free guidance. */
  emptyEmbeds: Float32Array;
  shapes: BatchShapes;
}

/** The share of rows without any condition, so that guidance goes on working. As training/configs/base.json. */
const DROP_ALL = 0.1;
/** The share of the timesteps that is uniform, not logit-normal. */
const UNIFORM_SHARE = 0.5;

/**
 * Logit-normal σ in (0, 1), Esser et al. 2024, https://arxiv.org/abs/2403.03206; half of them uniform instead, as
 * training/train/train.py draws them.
 */
export function drawSigmas(seed: number, step: number, count: number): Float64Array {
  const z = normals(seed, 'timesteps', step, count);
  const u = uniforms(seed, 'conditions', step, 3 * count);
  return Float64Array.from({ length: count }, (_, row) =>
    u[3 * row] < UNIFORM_SHARE ? u[3 * row + 1] : 1 / (1 + Math.exp(-z[row])),
  );
}

/** The batch of step `step`, decided by the settings' seed and the step alone. */
export function drawBatch(pool: TrainingPool, settings: FinetuneSettings, step: number) {
  const { seed, batch } = settings;
  const numPrior = pool.prior.length > 0 ? Math.min(settings.priorRows, batch - 1) : 0;
  const picks = uniforms(seed, 'rows', step, batch);
  const conditions = uniforms(seed, 'conditions', step, 3 * batch);
  const flips = uniforms(seed, 'flips', step, batch);
  const rows = Array.from({ length: batch }, (_, row) => {
    const from = row < batch - numPrior ? pool.items : pool.prior;
    const item = from[Math.floor(picks[row] * from.length)];
    const latents = item.mirrored && flips[row] < 0.5 ? item.mirrored : item.latents;
    return { ...item, latents, dropped: conditions[3 * row + 2] < DROP_ALL };
  });
  const noise = normals(seed, 'noise', step, batch * rows[0].latents.length);
  return makeBatch(rows, drawSigmas(seed, step, batch), noise, pool);
}

/** Rows of latents with their conditions, noise and σ, as the training graph takes them. */
export function makeBatch(
  rows: readonly (TrainingItem & { dropped?: boolean })[],
  sigmas: ArrayLike<number>,
  noise: Float32Array,
  { emptyEmbeds, shapes }: Pick<TrainingPool, 'emptyEmbeds' | 'shapes'>,
): TrainingBatch {
  const batch = rows.length;
  const stack = (dims: number[], part: (row: (typeof rows)[number]) => Float32Array) => {
    const count = dims.reduce((product, size) => product * size, 1);
    const data = new Float32Array(batch * count);
    rows.forEach((row, i) => data.set(part(row), i * count));
    return { dims: [batch, ...dims], data };
  };
  const numCovariates = rows[0].covariates.length;
  const none = new Float32Array(numCovariates);
  const inputs: TrainingBatch['inputs'] = {
    latents: stack(shapes.latents, ({ latents }) => latents),
    noise: { dims: [batch, ...shapes.latents], data: noise },
    timestep: { dims: [batch], data: Float32Array.from(sigmas, (sigma) => sigma * 1000) },
    prompt_embeds: stack(shapes.promptEmbeds, ({ dropped, promptEmbeds }) =>
      dropped ? emptyEmbeds : promptEmbeds,
    ),
    row_weight: { dims: [batch], data: new Float32Array(batch).fill(1 / batch) },
  };
  if (numCovariates > 0) {
    inputs.covariates = stack([numCovariates], ({ dropped, covariates }) =>
      dropped ? none : covariates,
    );
    inputs.covariates_present = stack([numCovariates], ({ dropped, covariatesPresent }) =>
      dropped ? none : covariatesPresent,
    );
  }
  if (shapes.mask) {
    const count = shapes.mask.reduce((product, size) => product * size, batch);
    inputs.mask = { dims: [batch, ...shapes.mask], data: new Float32Array(count) };
    inputs.mask_present = { dims: [batch, 1], data: new Float32Array(batch) };
  }
  const wordPlaces = rows.map(({ dropped, wordPlaces = [] }) => (dropped ? [] : wordPlaces));
  return { batch, inputs, wordPlaces };
}
