import { adamwStep, clipGradients, warmedUp, zeroMoments } from '../../finetune/optimizer';
import { normals } from '../../finetune/random-streams';
import type { Learner } from '../../models/manifest/networks';
import type { ModelSession, TensorData } from '../../models/runtime/session-types';
import { createRandom } from '../metrics/random';

/** A network that is ready to be trained: graphs without weights, which are inputs (training/judges/learners.py). */
export interface OpenLearner {
  learner: Learner;
  /** Loss and gradients. */
  step: ModelSession;
  /** What it answers. */
  answer: ModelSession;
}

/** Pictures and what is to be answered. */
export interface Examples {
  count: number;
  /** [count, 3, size, size] in −1…1. */
  x: Float32Array;
  /** [count, …targetDims]. */
  targets: Float32Array;
  targetDims: readonly number[];
  /** [count], their mean 1; absent: all count alike. */
  weights?: readonly number[];
}

/** A part of every batch: so many of these examples. */
export interface Source {
  examples: Examples;
  indices: readonly number[];
  rows: number;
}

/** How long and how fast a network learns; `seed` decides the order of its examples. */
export interface LearnerPlan {
  steps: number;
  learningRate: number;
  seed: number;
}

/** One parameter's place among all of them, which lie one after the other in a single array. */
interface ParameterRange {
  name: string;
  dims: number[];
  offset: number;
  count: number;
}

const SETTINGS = { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 } as const;
const MAX_NORM = 1;
const WARM_UP_STEPS = 10;
const ANSWER_ROWS = 32;

/**
 * Numbers of an untrained network: normal with the spread that training/judges/learners.py wrote down (He et al. 2015,
 * https://arxiv.org/abs/1502.01852), or constant. `classes` is the size of every free axis.
 */
export function startParameters(open: OpenLearner, classes: number, seed: number): Float32Array {
  const ranges = rangesOf(open, classes);
  const parameters = new Float32Array(ranges.reduce((sum, { count }) => sum + count, 0));
  ranges.forEach(({ name, offset, count }, k) => {
    const { deviation = 0, constant = 0 } = open.learner.parameters.find(
      (one) => one.name === name,
    )!;
    const drawn = normals(seed, 'factors', k, count);
    for (let i = 0; i < count; i++) parameters[offset + i] = constant + deviation * drawn[i];
  });
  return parameters;
}

/**
 * Trains with AdamW from `start`, whose array stays as it is; the rate rises over 10 steps, then falls to 0. Returns the
 * parameters and the loss of every step. `onStep` is awaited after each.
 */
export async function trainLearner(
  open: OpenLearner,
  start: Float32Array,
  classes: number,
  sources: readonly Source[],
  { steps, learningRate, seed }: LearnerPlan,
  onStep: () => Promise<void> | void = () => undefined,
): Promise<{ parameters: Float32Array; losses: number[] }> {
  const ranges = rangesOf(open, classes);
  const parameters = start.slice();
  const moments = zeroMoments(parameters.length);
  const next = sources.map((source, k) => rowStream(source, seed, 20 + k));
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const rows = sources.flatMap(({ examples }, k) => next[k]().map((i) => ({ examples, i })));
    const feeds = { ...batchOf(rows, open.learner.size), ...feedsOf(ranges, parameters) };
    const results = await open.step.run(feeds);
    const gradients = new Float32Array(parameters.length);
    for (const { name, offset } of ranges) {
      gradients.set(results[`grad.${name}`].data as Float32Array, offset);
    }
    clipGradients(gradients, MAX_NORM);
    const rate = warmedUp(learningRate, step, WARM_UP_STEPS) * (1 - (step - 1) / steps);
    adamwStep(parameters, gradients, moments, SETTINGS, rate, step);
    losses.push(Number(results.loss.data[0]));
    await onStep();
  }
  return { parameters, losses };
}

/** Logits, [indices.length, …targetDims]. */
export async function answersOf(
  open: OpenLearner,
  parameters: Float32Array,
  classes: number,
  { examples, indices }: Omit<Source, 'rows'>,
): Promise<Float32Array> {
  const length = examples.targetDims.reduce((product, size) => product * size, 1);
  const answers = new Float32Array(indices.length * length);
  const fixed = feedsOf(rangesOf(open, classes), parameters);
  for (let from = 0; from < indices.length; from += ANSWER_ROWS) {
    const rows = indices.slice(from, from + ANSWER_ROWS).map((i) => ({ examples, i }));
    const { x } = batchOf(rows, open.learner.size);
    const { logits } = await open.answer.run({ x, ...fixed });
    answers.set(logits.data as Float32Array, from * length);
  }
  return answers;
}

function rangesOf({ learner, step }: OpenLearner, classes: number): ParameterRange[] {
  let offset = 0;
  const known = new Set(learner.parameters.map(({ name }) => name));
  return step.inputNames
    .filter((name) => known.has(name))
    .map((name) => {
      const dims = step.inputShapes![name].map((n) => (typeof n === 'number' ? n : classes));
      const count = dims.reduce((product, size) => product * size, 1);
      offset += count;
      return { name, dims, offset: offset - count, count };
    });
}

function feedsOf(
  ranges: readonly ParameterRange[],
  parameters: Float32Array,
): Record<string, TensorData> {
  return Object.fromEntries(
    ranges.map(({ name, dims, offset, count }) => [
      name,
      { dtype: 'float32', dims, data: parameters.subarray(offset, offset + count) },
    ]),
  );
}

/** Inputs x, targets and row_weight; weights are shares of the batch. */
function batchOf(rows: readonly { examples: Examples; i: number }[], size: number) {
  const pixels = 3 * size * size;
  const { targetDims } = rows[0].examples;
  const length = targetDims.reduce((product, n) => product * n, 1);
  const x = new Float32Array(rows.length * pixels);
  const targets = new Float32Array(rows.length * length);
  const weight = new Float32Array(rows.length);
  rows.forEach(({ examples, i }, row) => {
    x.set(examples.x.subarray(i * pixels, (i + 1) * pixels), row * pixels);
    targets.set(examples.targets.subarray(i * length, (i + 1) * length), row * length);
    weight[row] = (examples.weights?.[i] ?? 1) / rows.length;
  });
  const tensor = (dims: number[], data: Float32Array): TensorData => ({
    dtype: 'float32',
    dims,
    data,
  });
  return {
    x: tensor([rows.length, 3, size, size], x),
    targets: tensor([rows.length, ...targetDims], targets),
    row_weight: tensor([rows.length], weight),
  };
}

/** Every example once, in random order, then again in another. */
function rowStream({ indices, rows }: Source, seed: number, stream: number): () => number[] {
  const random = createRandom(seed, stream);
  let waiting: number[] = [];
  return () => {
    const batch: number[] = [];
    while (batch.length < rows) {
      if (waiting.length === 0) waiting = random.permutation(indices.length);
      batch.push(indices[waiting.pop()!]);
    }
    return batch;
  };
}
