import { appError } from '../errors';
import type { ModelSession, TensorData } from '../models/session-types';
import type { FactorSlot } from './factors';

/** What one run of the training graph is fed besides the factors; arrays are row-major, `batch` rows each. */
export interface TrainingBatch {
  batch: number;
  /** By the graph's input name, with its dims. */
  inputs: Record<string, { dims: number[]; data: Float32Array }>;
}

/** What came of it. */
export interface StepResult {
  loss: number;
  /** [batch]: mean squared error of each row. */
  rowLosses: Float32Array;
  /** As the factors lie. */
  gradients: Float32Array<ArrayBuffer>;
}

/** Runs loss and gradients of training/export_training.py's graph. */
export async function runTrainingStep(
  session: ModelSession,
  layout: readonly FactorSlot[],
  parameters: Float32Array,
  { inputs }: TrainingBatch,
): Promise<StepResult> {
  const feeds: Record<string, TensorData> = {};
  for (const [name, { dims, data }] of Object.entries(inputs)) {
    feeds[name] = { dtype: 'float32', dims, data };
  }
  for (const { name, dims, offset, count } of layout) {
    feeds[name] = { dtype: 'float32', dims, data: parameters.subarray(offset, offset + count) };
  }
  const results = await session.run(feeds);
  const gradients = new Float32Array(parameters.length);
  for (const { name, offset } of layout) {
    gradients.set(results[`grad.${name}`].data as Float32Array, offset);
  }
  const loss = Number(results.loss.data[0]);
  return { loss, rowLosses: (results.row_losses.data as Float32Array).slice(), gradients };
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
