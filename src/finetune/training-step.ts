import { addWord, WORD_EMBEDS } from '../diffusion/text/learned-word';
import { appError } from '../errors';
import type { ModelSession, TensorData } from '../models/runtime/session-types';
import type { FactorRange } from './factors';

/** What one run of the training graph is fed besides the factors; arrays are row-major, `batch` rows each. */
export interface TrainingBatch {
  batch: number;
  /** By the graph's input name, with its dims. */
  inputs: Record<string, { dims: number[]; data: Float32Array }>;
  /** Of each row: tokens of its caption that are the learned word; absent: none is learned. */
  wordPlaces?: number[][];
}

/** What came of it. */
export interface StepResult {
  loss: number;
  /** [batch]: mean squared error of each row. */
  rowLosses: Float32Array;
  /** As the factors lie. */
  gradients: Float32Array<ArrayBuffer>;
}

/** Runs loss and gradients of training/export/export_training.py's graph. */
export async function runTrainingStep(
  session: ModelSession,
  layout: readonly FactorRange[],
  parameters: Float32Array,
  { inputs, wordPlaces = [] }: TrainingBatch,
): Promise<StepResult> {
  const feeds: Record<string, TensorData> = {};
  for (const [name, { dims, data }] of Object.entries(inputs)) {
    feeds[name] = { dtype: 'float32', dims, data };
  }
  for (const { name, dims, offset, count } of layout) {
    const data = parameters.subarray(offset, offset + count);
    if (name === WORD_EMBEDS) {
      const plain = inputs.prompt_embeds;
      feeds.prompt_embeds = { dtype: 'float32', ...addWordToRows(plain, wordPlaces, data) };
    } else feeds[name] = { dtype: 'float32', dims, data };
  }
  const results = await session.run(feeds);
  const gradients = new Float32Array(parameters.length);
  for (const { name, offset, count } of layout) {
    if (name === WORD_EMBEDS) {
      const ofEmbeds = results['grad.prompt_embeds'].data as Float32Array;
      gradients.set(wordGradient(ofEmbeds, wordPlaces, count / 2), offset);
    } else gradients.set(results[`grad.${name}`].data as Float32Array, offset);
  }
  const loss = Number(results.loss.data[0]);
  return { loss, rowLosses: (results.row_losses.data as Float32Array).slice(), gradients };
}

/** Prompt embeds, [batch, tokens, hidden], with the learned word in every row in which it stands. */
function addWordToRows(
  { dims, data }: { dims: number[]; data: Float32Array },
  places: readonly number[][],
  learned: Float32Array,
) {
  const count = dims[1] * dims[2];
  const changed = data.slice();
  places.forEach((at, row) => {
    const own = data.subarray(row * count, (row + 1) * count);
    changed.set(addWord(own, at, learned), row * count);
  });
  return { dims, data: changed };
}

/** The chain rule of `addWord`: [2 · hidden] from the gradient of all rows' embeds, [batch · tokens · hidden]. */
export function wordGradient(
  ofEmbeds: Float32Array,
  places: readonly number[][],
  hidden: number,
): Float32Array {
  const gradient = new Float32Array(2 * hidden);
  const count = ofEmbeds.length / places.length;
  const add = (row: number, from: number) => {
    for (let i = 0; i < hidden; i++) gradient[row * hidden + i] += ofEmbeds[from + i];
  };
  places.forEach((at, row) => {
    if (at.length > 0) add(0, row * count);
    for (const place of at) add(1, row * count + place * hidden);
  });
  return gradient;
}

/** A loss that is no number must not reach the factors. */
export function assertLearning({ loss, gradients }: StepResult, step: number) {
  const broken = Number.isFinite(loss) ? gradients.findIndex((g) => !Number.isFinite(g)) : -1;
  if (Number.isFinite(loss) && broken < 0) return;
  const what = broken < 0 ? `the loss is ${loss}` : `a gradient is ${gradients[broken]}`;
  throw appError(
    'TrainingDiverged',
    `Training stopped at step ${step}, for ${what} (expected a finite number). The last good checkpoint is kept. ` +
      'Start again with a smaller learning rate, or use the result as it is.',
  );
}
