import { appError } from '../../errors';
import { createRandom, type Random } from '../metrics/random';
import type { Arm } from '../report/report';
import {
  answersOf,
  startParameters,
  trainLearner,
  type Examples,
  type OpenLearner,
  type Source,
} from './learner';
import { heldApart } from './held-apart';
import { ARMS } from './train-arms';

/** Images or volumes, and the truth about each: its mask, or its label map. */
export interface PairSet<Truth> {
  examples: Examples;
  truths: readonly Truth[];
  /** Patients, or a name for each alone. */
  groups: readonly string[];
}

/** How the networks learn. */
export interface SegmentationSettings {
  seed: number;
  /** Of every training. */
  steps: number;
}

/** What differs between images and volumes. */
export interface SegmentationTask<Truth, Score> {
  /** Numbers of real pairs to learn from; all that are there besides, where those are no more than the last. */
  sizes: readonly number[];
  /** Pairs of a step, and how many of them are synthetic in the mixed arm. */
  batch: number;
  syntheticRows: number;
  score: (logits: Float32Array, truth: Truth) => Score;
  /** "images with a mask", and how to add some. */
  pairs: string;
  remedy: string;
}

/** What each arm found in the test pairs, by the number of real ones: [seed][pair]. */
export interface TrainedSegmenters<Score> {
  /** How they were trained, as reports say it. */
  facts: {
    seeds: number;
    steps: number;
    test: 'holdout' | 'split';
    learner: { id: string; sha256: string };
    numTest: number;
    numSynthetic: number;
  };
  /** Of the test pairs. */
  groups: string[];
  sizes: { numReal: number; arms: Record<Arm, Score[][]> }[];
}

/** Trainings of every arm. */
const SEEDS = 5;
const TEST_SHARE = 0.4;
const LEARNING_RATE = 3e-3;
const LEAST = 4;

/**
 * Trains a small U-Net on real pairs, on synthetic ones, on both, and on synthetic ones first: the same start and the same
 * number of steps for each, half of them on either in "synthetic then real"; 5 seeds, each with a real training set of its own; the
 * same test pairs for all. `test` is held out; null: 40 % of the real patients are. Throws `RequestInvalid` for too few pairs.
 */
export async function trainSegmenters<Truth, Score>(
  sets: { real: PairSet<Truth>; synthetic: PairSet<Truth>; test: PairSet<Truth> | null },
  open: OpenLearner,
  task: SegmentationTask<Truth, Score>,
  { seed, steps }: SegmentationSettings,
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<TrainedSegmenters<Score>> {
  const { real, synthetic } = sets;
  const { batch, syntheticRows } = task;
  const split = sets.test ? null : splitGroups(real.groups, createRandom(seed, 6));
  const pool = split?.train ?? heldApart(real.groups, sets.test!.groups);
  const tested = { set: sets.test ?? real, rows: split?.test ?? everyRow(sets.test!) };
  const counts = { 'real training': pool.length, synthetic: synthetic.truths.length };
  checkEnough({ ...counts, 'real test': tested.rows.length }, task);
  const sizes = task.sizes.filter((size) => size < pool.length);
  if (pool.length <= task.sizes[task.sizes.length - 1]) sizes.push(pool.length);
  const half = Math.floor(steps / 2);
  const total = SEEDS * (steps + half + sizes.length * (3 * steps - half));
  let done = 0;
  const onStep = () => onProgress(++done, total);
  const found = sizes.map(() => noScores<Score>());
  const scoresOf = (parameters: Float32Array) => scores(open, parameters, tested, task.score);

  for (let k = 0; k < SEEDS; k++) {
    const random = createRandom(seed, 100 + k);
    const order = random.permutation(pool.length).map((i) => pool[i]);
    const plan = { learningRate: LEARNING_RATE, seed: random.integer(2 ** 32) };
    const start = startParameters(open, 1, plan.seed);
    const train = async (from: Float32Array, sources: Source[], count = steps) =>
      (await trainLearner(open, from, 1, sources, { ...plan, steps: count }, onStep)).parameters;
    const made = (rows: number) => sourceOf(synthetic, everyRow(synthetic), rows);
    const fromSynthetic = await scoresOf(await train(start, [made(batch)]));
    const pretrained = await train(start, [made(batch)], half);
    for (const [s, size] of sizes.entries()) {
      const own = (rows: number) => sourceOf(real, order.slice(0, size), rows);
      const both = [own(batch - syntheticRows), made(syntheticRows)];
      const score = async (from: Float32Array, sources: Source[], count = steps) =>
        scoresOf(await train(from, sources, count));
      found[s].real.push(await score(start, [own(batch)]));
      found[s].synthetic.push(fromSynthetic);
      found[s].mixed.push(await score(start, both));
      found[s]['synthetic then real'].push(await score(pretrained, [own(batch)], steps - half));
    }
  }
  return {
    facts: {
      seeds: SEEDS,
      steps,
      test: split ? 'split' : 'holdout',
      learner: { id: open.learner.id, sha256: open.learner.step.shards[0].sha256 ?? '' },
      numTest: tested.rows.length,
      numSynthetic: synthetic.truths.length,
    },
    groups: tested.rows.map((row) => tested.set.groups[row]),
    sizes: found.map((arms, s) => ({ numReal: sizes[s], arms })),
  };
}

async function scores<Truth, Score>(
  open: OpenLearner,
  parameters: Float32Array,
  { set, rows }: { set: PairSet<Truth>; rows: readonly number[] },
  score: (logits: Float32Array, truth: Truth) => Score,
): Promise<Score[]> {
  const logits = await answersOf(open, parameters, 1, { examples: set.examples, indices: rows });
  const length = logits.length / rows.length;
  return rows.map((row, i) =>
    score(logits.subarray(i * length, (i + 1) * length), set.truths[row]),
  );
}

function sourceOf<Truth>(
  { examples }: PairSet<Truth>,
  indices: readonly number[],
  rows: number,
): Source {
  return { examples, indices, rows };
}

function noScores<Score>(): Record<Arm, Score[][]> {
  const none = Object.fromEntries(ARMS.map((arm) => [arm, []]));
  return none as unknown as Record<Arm, Score[][]>;
}

function everyRow<Truth>({ truths }: PairSet<Truth>): number[] {
  return truths.map((_, i) => i);
}

/** Whole groups go to one side; rows of each. */
function splitGroups(groups: readonly string[], random: Random) {
  const names = [...new Set(groups)];
  const order = random.permutation(names.length).map((i) => names[i]);
  const tested = new Set(order.slice(0, Math.round(order.length * TEST_SHARE)));
  const rows = (inTest: boolean) =>
    groups.flatMap((group, i) => (tested.has(group) === inTest ? [i] : []));
  return { train: rows(false), test: rows(true) };
}

function checkEnough(
  counts: Record<string, number>,
  { pairs, remedy }: Pick<SegmentationTask<unknown, unknown>, 'pairs' | 'remedy'>,
) {
  for (const [name, count] of Object.entries(counts)) {
    if (count >= LEAST) continue;
    throw appError(
      'RequestInvalid',
      `There are too few ${name} ${pairs} (expected at least ${LEAST}, got ${count}). ${remedy}`,
    );
  }
}
