import { appError } from '../../errors';
import type { Mask } from '../../image/mask';
import { compareArms } from './compare-arms';
import {
  answersOf,
  startParameters,
  trainLearner,
  type Examples,
  type OpenLearner,
  type Source,
} from './learner';
import { createRandom, type Random } from '../metrics/random';
import type { Arm, Segmentation } from '../report/report';
import {
  instanceF1,
  meanDice,
  scoreSegmentation,
  type SegmentationScore,
} from '../metrics/segmentation-scores';
import { ARMS } from './train-arms';

/** Images with masks of their own size, `examples.targets` in {0, 1}. */
export interface PairSet {
  examples: Examples;
  /** Ids of instances, or one value for all foreground. */
  masks: readonly Mask[];
  /** Patients, or a name for each image alone. */
  groups: readonly string[];
}

/** How the networks learn. */
export interface SegmentationSettings {
  seed: number;
  /** Of every training. */
  steps: number;
}

const SIZES = [50, 100, 500];
const SEEDS = 5;
const TEST_SHARE = 0.4;
const BATCH = 8;
/** Of a batch, in the mixed arm. */
const SYNTHETIC_ROWS = 2;
const LEARNING_RATE = 3e-3;
const LEAST = 4;

/**
 * Does a small U-Net that also learns from synthetic images and masks find more in real ones? Arms as in `usefulness`: the
 * same start and the same number of steps for each, half of them on either in "synthetic then real"; 5 seeds, each with a real training
 * set of its own; the same test images for all. `test` is held out; null: 40 % of the real patients are.
 */
export async function segmentation(
  sets: { real: PairSet; synthetic: PairSet; test: PairSet | null },
  open: OpenLearner,
  { seed, steps }: SegmentationSettings,
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<Segmentation> {
  const { real, synthetic } = sets;
  const split = sets.test ? null : splitGroups(real.groups, createRandom(seed, 6));
  const pool = split?.train ?? everyRow(real);
  const tested = { set: sets.test ?? real, rows: split?.test ?? everyRow(sets.test!) };
  checkEnough(pool.length, synthetic.masks.length, tested.rows.length);
  const sizes = SIZES.filter((size) => size < pool.length);
  if (pool.length <= SIZES[SIZES.length - 1]) sizes.push(pool.length);
  const half = Math.floor(steps / 2);
  const total = SEEDS * (steps + half + sizes.length * (3 * steps - half));
  let done = 0;
  const onStep = () => onProgress(++done, total);
  const found = sizes.map(() => noScores());

  for (let k = 0; k < SEEDS; k++) {
    const random = createRandom(seed, 100 + k);
    const order = random.permutation(pool.length).map((i) => pool[i]);
    const plan = { learningRate: LEARNING_RATE, seed: random.integer(2 ** 32) };
    const start = startParameters(open, 1, plan.seed);
    const train = async (from: Float32Array, sources: Source[], count = steps) =>
      (await trainLearner(open, from, 1, sources, { ...plan, steps: count }, onStep)).parameters;
    const made = (rows: number) => sourceOf(synthetic, everyRow(synthetic), rows);
    const fromSynthetic = await scoresOf(open, await train(start, [made(BATCH)]), tested);
    const pretrained = await train(start, [made(BATCH)], half);
    for (const [s, size] of sizes.entries()) {
      const own = (rows: number) => sourceOf(real, order.slice(0, size), rows);
      const both = [own(BATCH - SYNTHETIC_ROWS), made(SYNTHETIC_ROWS)];
      const score = async (from: Float32Array, sources: Source[], count = steps) =>
        scoresOf(open, await train(from, sources, count), tested);
      found[s].real.push(await score(start, [own(BATCH)]));
      found[s].synthetic.push(fromSynthetic);
      found[s].mixed.push(await score(start, both));
      found[s]['synthetic then real'].push(await score(pretrained, [own(BATCH)], steps - half));
    }
  }
  const groups = tested.rows.map((row) => tested.set.groups[row]);
  return {
    seeds: SEEDS,
    steps,
    test: split ? 'split' : 'holdout',
    side: open.learner.size,
    learner: { id: open.learner.id, sha256: open.learner.step.shards[0].sha256 ?? '' },
    numTest: tested.rows.length,
    numSynthetic: synthetic.masks.length,
    sizes: found.map((arms, s) => ({
      numReal: sizes[s],
      dice: compareArms(arms, groups, meanDice, { seed }),
      instanceF1: compareArms(arms, groups, instanceF1, { seed }),
    })),
  };
}

async function scoresOf(
  open: OpenLearner,
  parameters: Float32Array,
  { set, rows }: { set: PairSet; rows: readonly number[] },
): Promise<SegmentationScore[]> {
  const logits = await answersOf(open, parameters, 1, { examples: set.examples, indices: rows });
  const pixels = logits.length / rows.length;
  return rows.map((row, i) =>
    scoreSegmentation(logits.subarray(i * pixels, (i + 1) * pixels), set.masks[row]),
  );
}

function sourceOf({ examples }: PairSet, indices: readonly number[], rows: number): Source {
  return { examples, indices, rows };
}

function noScores(): Record<Arm, SegmentationScore[][]> {
  const none = Object.fromEntries(ARMS.map((arm) => [arm, []]));
  return none as unknown as Record<Arm, SegmentationScore[][]>;
}

function everyRow({ masks }: PairSet): number[] {
  return masks.map((_, i) => i);
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

function checkEnough(pool: number, synthetic: number, test: number) {
  const counts = { 'real training': pool, synthetic, 'real test': test };
  for (const [name, count] of Object.entries(counts)) {
    if (count >= LEAST) continue;
    throw appError(
      'RequestInvalid',
      `There are too few ${name} images with a mask (expected at least ${LEAST}, got ${count}). Put masks beside the ` +
        'images as NAME.mask.png, or into a folder masks/ under the names of the images.',
    );
  }
}
