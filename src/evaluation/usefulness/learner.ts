import { appError } from '../../errors';
import { adamwStep, clipGradients, warmedUp, zeroMoments } from '../../finetune/optimizer';
import { normals } from '../../finetune/random-streams';
import type { Learner } from '../../models/manifest/networks';
import type { VolumeSize } from '../../image/volume/voxel-place';
import type { ModelSession, TensorData } from '../../models/runtime/session-types';
import { createRandom, type Random } from '../metrics/random';

/** A network that is ready to be trained: graphs without weights, which are inputs (training/judges/learners.py). */
export interface OpenLearner {
  learner: Learner;
  /** Loss and gradients. */
  step: ModelSession;
  /** What it answers. */
  answer: ModelSession;
}

/** Pictures or volumes, and what is to be answered. */
export interface Examples {
  count: number;
  /** Of a row of targets, and of what the network answers to a row of x. */
  targetDims: readonly number[];
  /** [count], their mean 1; absent: all count alike. */
  weights?: readonly number[];
  /** Writes example `i`; `random`: changed at random, where examples can be, as is good for training. */
  write(i: number, x: Float32Array, targets: Float32Array, random: Random | null): void;
}

/** Examples that lie in memory as the network takes them. */
export interface StoredExamples extends Examples {
  /** [count, 3, size, size] in −1…1. */
  x: Float32Array;
  /** [count, …targetDims]. */
  targets: Float32Array;
}

/** Examples out of their numbers; they are never changed. */
export function storedExamples(stored: Omit<StoredExamples, 'write'>): StoredExamples {
  const { x, targets } = stored;
  return {
    ...stored,
    write(i, intoX, intoTargets) {
      intoX.set(x.subarray(i * intoX.length, (i + 1) * intoX.length));
      intoTargets.set(targets.subarray(i * intoTargets.length, (i + 1) * intoTargets.length));
    },
  };
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
/** Rows that are answered at once, and numbers of an answer: volumes are large. */
const ANSWER_ROWS = 32;
const ANSWER_VALUES = 2 ** 20;

/** Pixels a side of the squares that a network learns from. Throws `ModelUnsupported` for one of volumes. */
export function sideOf({ learner: { id, size } }: OpenLearner): number {
  if (typeof size === 'number') return size;
  throw wrongAxes(id, 'images', size);
}

/** Voxels of the volumes that a network learns from. Throws `ModelUnsupported` for one of images. */
export function voxelsOf({ learner: { id, size } }: OpenLearner): VolumeSize {
  if (typeof size !== 'number') return size;
  throw wrongAxes(id, 'volumes', size);
}

function wrongAxes(id: string, wanted: string, size: Learner['size']): Error {
  return appError(
    'ModelUnsupported',
    `The network "${id}" of the manifest does not learn from ${wanted} (its size is ${JSON.stringify(size)}). Use the manifest ` +
      'of this app.',
  );
}

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
  const changes = createRandom(seed, 40);
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const rows = sources.flatMap(({ examples }, k) => next[k]().map((i) => ({ examples, i })));
    const feeds = { ...batchOf(open, rows, changes), ...feedsOf(ranges, parameters) };
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
  const atOnce = Math.max(1, Math.min(ANSWER_ROWS, Math.floor(ANSWER_VALUES / length)));
  for (let from = 0; from < indices.length; from += atOnce) {
    const rows = indices.slice(from, from + atOnce).map((i) => ({ examples, i }));
    const { x } = batchOf(open, rows, null);
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
function batchOf(
  { step }: OpenLearner,
  rows: readonly { examples: Examples; i: number }[],
  random: Random | null,
) {
  const rowDims = step.inputShapes!.x.slice(1).map(Number);
  const { targetDims } = rows[0].examples;
  const [values, length] = [rowDims, targetDims].map((dims) => dims.reduce((a, b) => a * b, 1));
  const x = new Float32Array(rows.length * values);
  const targets = new Float32Array(rows.length * length);
  const weight = new Float32Array(rows.length);
  rows.forEach(({ examples, i }, row) => {
    const [ofX, ofTargets] = [x, targets].map((all, k) => {
      const own = [values, length][k];
      return all.subarray(row * own, (row + 1) * own);
    });
    examples.write(i, ofX, ofTargets, random);
    weight[row] = (examples.weights?.[i] ?? 1) / rows.length;
  });
  const tensor = (dims: number[], data: Float32Array): TensorData => ({
    dtype: 'float32',
    dims,
    data,
  });
  return {
    x: tensor([rows.length, ...rowDims], x),
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
