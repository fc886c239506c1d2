import type { ModelSession } from '../models/runtime/session-types';
import { nextTask } from '../common/next-task';
import { drawBatch, makeBatch, type TrainingItem, type TrainingPool } from './draw-batch';
import type { FactorRange } from './factors';
import { adamwStep, averageDecay, clipGradients, updateAverage, warmedUp } from './optimizer';
import { normals } from './random-streams';
import type { Checkpoint, FinetuneSettings, LossPoint, PlannedSettings } from './run';
import { assertLearning, runTrainingStep } from './training-step';

/** torch.optim.AdamW's defaults. */
const ADAMW = { betas: [0.9, 0.999] as const, epsilon: 1e-8 };

/** What training runs on. */
export interface Trainer {
  session: ModelSession;
  layout: readonly FactorRange[];
  pool: TrainingPool;
  heldOut: readonly TrainingItem[];
  settings: FinetuneSettings;
}

/** Who hears of it, and who stops it. */
export interface TrainHooks {
  /** Ends after the step in progress. */
  signal: AbortSignal;
  /** Whether the time is over: the step after is then the last, and the settings' number of steps is lowered to it. */
  isLate: () => boolean;
  onStep: (point: LossPoint, ms: number) => void;
  keep: (checkpoint: Checkpoint) => Promise<void>;
  /** Makes samples with these factors. */
  sample: (average: Float32Array<ArrayBuffer>, step: number) => Promise<void>;
}

/** Before the first step. */
export function firstCheckpoint(
  layout: FactorRange[],
  parameters: Float32Array<ArrayBuffer>,
): Checkpoint {
  const zeros = () => new Float32Array(parameters.length);
  return {
    step: 0,
    layout,
    parameters,
    average: parameters.slice(),
    first: zeros(),
    second: zeros(),
    best: null,
    sinceBest: 0,
    history: [],
    msTraining: 0,
  };
}

/** Trains up to the last step. The checkpoint is changed in place; a step that fails leaves it as it was. */
export async function train(
  trainer: Trainer & { settings: PlannedSettings },
  state: Checkpoint,
  { signal, isLate, onStep, keep, sample }: TrainHooks,
): Promise<'done' | 'early' | 'paused'> {
  const { settings } = trainer;
  const due = (step: number, every: number) => step % every === 0 || step === settings.numSteps;
  while (state.step < settings.numSteps) {
    await nextTask(); // lets the worker receive `pause`
    if (signal.aborted) {
      await keep(state);
      return 'paused';
    }
    if (isLate()) settings.numSteps = state.step + 1;
    const start = performance.now();
    const loss = await trainOnce(trainer, state).catch(async (error: unknown) => {
      await keep(state);
      throw error;
    });
    const ms = performance.now() - start;
    const point: LossPoint = { step: state.step, loss };
    const measured = state.step === 1 || due(state.step, settings.evaluateEvery);
    if (measured && trainer.heldOut.length > 0) {
      point.heldOutLoss = await heldOutLoss(trainer, state.average);
      noteBest(state, point.heldOutLoss);
    }
    state.msTraining += ms;
    state.history.push(point);
    onStep(point, ms);
    if (due(state.step, settings.sampleEvery)) {
      await sample(state.average, state.step);
    }
    const early = settings.patience !== null && state.sinceBest >= settings.patience;
    if (early || due(state.step, settings.checkpointEvery)) await keep(state);
    if (early && state.step < settings.numSteps) return 'early';
  }
  return 'done';
}

/** One step of the factors; resolves to its loss. */
export async function trainOnce(
  { session, layout, pool, settings }: Trainer,
  state: Checkpoint,
): Promise<number> {
  const step = state.step + 1;
  const batch = drawBatch(pool, settings, step);
  const result = await runTrainingStep(session, layout, state.parameters, batch);
  assertLearning(result, step);
  clipGradients(result.gradients, settings.maxGradientNorm);
  const rate = warmedUp(settings.learningRate, step, settings.warmUpSteps);
  const adamw = { ...ADAMW, weightDecay: settings.weightDecay };
  adamwStep(state.parameters, result.gradients, state, adamw, rate, step);
  updateAverage(state.average, state.parameters, averageDecay(settings.averageDecay, step));
  state.step = step;
  return result.loss;
}

/** More would cost more than the training between two measurements. */
const MAX_MEASURED = 16;

/** Mean loss of held-out images at fixed σ and noise, so that two measurements differ by the factors alone. */
export async function heldOutLoss(
  { session, layout, pool, heldOut, settings }: Trainer,
  parameters: Float32Array,
): Promise<number> {
  const measured = heldOut.slice(0, MAX_MEASURED);
  const count = measured[0].latents.length;
  const noise = normals(settings.seed, 'held-out', 0, measured.length * count);
  let sum = 0;
  for (let first = 0; first < measured.length; first += settings.batch) {
    const rows = measured.slice(first, first + settings.batch);
    const sigmas = rows.map((_, i) => (first + i + 0.5) / measured.length);
    const own = noise.slice(first * count, (first + rows.length) * count);
    const batch = makeBatch(rows, sigmas, own, pool);
    const { rowLosses } = await runTrainingStep(session, layout, parameters, batch);
    sum += rowLosses.reduce((total, loss) => total + loss, 0);
  }
  return sum / measured.length;
}

function noteBest(state: Checkpoint, loss: number) {
  const better = !state.best || loss < state.best.heldOutLoss;
  state.sinceBest = better ? 0 : state.sinceBest + 1;
  if (better) {
    state.best = { step: state.step, heldOutLoss: loss, average: state.average.slice() };
  }
}
