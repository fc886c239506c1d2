import { appError } from '../../errors';
import {
  accuracy,
  balancedAccuracy,
  calibrationError,
  macroAuroc,
  macroF1,
  type Metric,
  type Predictions,
} from '../metrics/classification';
import { compareArms } from './compare-arms';
import { pickRows, type FeatureMatrix } from '../metrics/feature-matrix';
import { createRandom, type Random } from '../metrics/random';
import type { Arm, SubgroupResult, Usefulness, UsefulnessAt } from '../report/report';
import { heldApart } from './held-apart';
import { ARMS, headArms, type ArmAnswers } from './train-arms';

/** Images with features and what is known of them. */
export interface LabelledSet {
  features: FeatureMatrix;
  labels: readonly string[];
  /** Patients; null: unknown, so the image stands for itself. */
  groups: readonly (string | null)[];
  attributes: readonly Record<string, string>[];
}

const SIZES = [50, 100, 500];
const SEEDS = 5;
const TEST_SHARE = 0.4;
const LEAST_SUBGROUP = 50;
const METRICS: Record<keyof Omit<UsefulnessAt, 'numReal'>, Metric> = {
  accuracy,
  balancedAccuracy,
  auroc: macroAuroc,
  f1: macroF1,
  calibration: calibrationError,
};

/** A set with class numbers in place of labels; images of other classes are left out. */
interface ClassSet {
  x: FeatureMatrix;
  labels: number[];
  groups: string[];
  attributes: Record<string, string>[];
}

/**
 * Does a classifier that also learns from the synthetic images do better on real ones? Arms: real, synthetic, mixed, and
 * synthetic first, then real; a linear head on frozen features (or what `armAnswers` trains), 5 seeds, each with a real training set of its own drawn
 * from what is not tested on; the same test images for all. `test` is held out; null: 40 % of the real patients are.
 */
export async function usefulness(
  sets: { real: LabelledSet; synthetic: LabelledSet; test: LabelledSet | null },
  network: string,
  seed: number,
  onProgress: (done: number, total: number) => Promise<void>,
  armAnswers: ArmAnswers = headArms,
): Promise<Usefulness> {
  const classes = commonClasses(sets);
  const given = (set: LabelledSet, prefix: string) => toClassSet(set, classes, prefix);
  const real = given(sets.real, 'real');
  const split = sets.test ? null : splitByGroup(real, TEST_SHARE, createRandom(seed, 6));
  const test = split ? split.test : given(sets.test!, 'test');
  const pool = split ? split.train : pickSet(real, heldApart(real.groups, test.groups));
  const synthetic = given(sets.synthetic, 'synthetic');
  checkEnough(classes, { pool, synthetic, test });
  const sizes = SIZES.filter((size) => size < pool.labels.length);
  if (pool.labels.length <= SIZES[SIZES.length - 1]) sizes.push(pool.labels.length);
  const total = sizes.length * SEEDS;
  const found: { size: number; arms: Record<Arm, Predictions[]> }[] = [];
  for (const [s, size] of sizes.entries()) {
    const arms = Object.fromEntries(ARMS.map((arm) => [arm, []])) as unknown as Record<
      Arm,
      Predictions[]
    >;
    for (let k = 0; k < SEEDS; k++) {
      await onProgress(s * SEEDS + k, total);
      const random = createRandom(seed, 100 + k);
      const subset = stratified(pool, size, classes.length, random);
      const answer = armAnswers(subset, synthetic, classes.length, random);
      for (const arm of ARMS) {
        const probabilities = await answer(arm, test.x);
        arms[arm].push({ classes: classes.length, probabilities, labels: test.labels });
      }
    }
    found.push({ size, arms });
  }
  await onProgress(total, total);
  return {
    classes,
    seeds: SEEDS,
    network,
    test: split ? 'split' : 'holdout',
    numTest: test.labels.length,
    numSynthetic: synthetic.labels.length,
    sizes: found.map(({ size, arms }) => ({
      numReal: size,
      ...allMetrics(arms, test.groups, seed),
    })),
    subgroups: subgroups(found[found.length - 1].arms, test, seed),
  };
}

function allMetrics(arms: Record<Arm, Predictions[]>, groups: string[], seed: number) {
  const entries = Object.entries(METRICS).map(([name, metric]) => [
    name,
    compareArms(arms, groups, metric, { draws: metric === macroAuroc ? 200 : 500, seed }),
  ]);
  return Object.fromEntries(entries) as Omit<UsefulnessAt, 'numReal'>;
}

/** By each attribute of the test images; fewer than 50 are named and not judged. */
function subgroups(
  arms: Record<Arm, Predictions[]>,
  test: ClassSet,
  seed: number,
): SubgroupResult[] {
  const names = [...new Set(test.attributes.flatMap((one) => Object.keys(one)))].sort();
  return names.flatMap((attribute) => {
    const values = [...new Set(test.attributes.map((one) => one[attribute] ?? ''))].filter(Boolean);
    return values.sort().map((value): SubgroupResult => {
      const rows = test.labels.flatMap((_, i) =>
        test.attributes[i][attribute] === value ? [i] : [],
      );
      const insufficient = rows.length < LEAST_SUBGROUP;
      const groups = rows.map((i) => test.groups[i]);
      const inside = Object.fromEntries(
        Object.entries(arms).map(([arm, bySeed]) => [
          arm,
          bySeed.map((one) => pickImages(one, rows)),
        ]),
      );
      const found = insufficient
        ? null
        : compareArms(inside, groups, balancedAccuracy, { draws: 500, seed });
      return { attribute, value, numTest: rows.length, insufficient, accuracy: found };
    });
  });
}

function pickImages({ classes, probabilities, labels }: Predictions, rows: number[]): Predictions {
  const picked = rows.flatMap((i) => [...probabilities.subarray(i * classes, (i + 1) * classes)]);
  return { classes, probabilities: Float64Array.from(picked), labels: rows.map((i) => labels[i]) };
}

/** Labels that real and synthetic images share. */
function commonClasses({ real, synthetic }: { real: LabelledSet; synthetic: LabelledSet }) {
  const made = new Set(synthetic.labels);
  return [...new Set(real.labels)].filter((label) => label !== '' && made.has(label)).sort();
}

function toClassSet(set: LabelledSet, classes: readonly string[], prefix: string): ClassSet {
  const rows = set.labels.flatMap((label, i) => (classes.includes(label) ? [i] : []));
  return {
    x: pickRows(set.features, rows),
    labels: rows.map((i) => classes.indexOf(set.labels[i])),
    groups: rows.map((i) => set.groups[i] ?? `${prefix} ${i}`),
    attributes: rows.map((i) => set.attributes[i]),
  };
}

function pickSet({ x, labels, groups, attributes }: ClassSet, rows: number[]): ClassSet {
  return {
    x: pickRows(x, rows),
    labels: rows.map((i) => labels[i]),
    groups: rows.map((i) => groups[i]),
    attributes: rows.map((i) => attributes[i]),
  };
}

/** Whole groups go to one side, those of each class in the same share. */
function splitByGroup(set: ClassSet, share: number, random: Random) {
  const classOf = new Map(set.groups.map((group, i) => [group, set.labels[i]]));
  const names = [...classOf.keys()];
  const order = random.permutation(names.length).map((i) => names[i]);
  const tested = new Set<string>();
  for (const label of new Set(classOf.values())) {
    const own = order.filter((name) => classOf.get(name) === label);
    own.slice(0, Math.round(own.length * share)).forEach((name) => tested.add(name));
  }
  const rows = (inTest: boolean) =>
    set.groups.flatMap((group, i) => (tested.has(group) === inTest ? [i] : []));
  return { train: pickSet(set, rows(false)), test: pickSet(set, rows(true)) };
}

/** So many images, the classes in the shares that they have, two of each at least. */
function stratified(set: ClassSet, size: number, classes: number, random: Random): ClassSet {
  const order = random.permutation(set.labels.length);
  const rows = Array.from({ length: classes }, (_, c) => {
    const own = order.filter((i) => set.labels[i] === c);
    return own.slice(0, Math.max(2, Math.round((size * own.length) / set.labels.length)));
  });
  return pickSet(set, rows.flat());
}

const LEAST_OF_CLASS = 4;

function checkEnough(classes: readonly string[], sets: Record<string, ClassSet>) {
  if (classes.length < 2) {
    throw appError(
      'RequestInvalid',
      `Usefulness needs two labels that real and synthetic images share (got ${classes.length}: ` +
        `${classes.join(', ') || 'none'}). Name the labels of both alike, by sub-folders or a CSV.`,
    );
  }
  const words: Record<string, string> = { pool: 'real training', test: 'real test' };
  for (const [name, { labels }] of Object.entries(sets)) {
    classes.forEach((label, c) => {
      const count = labels.filter((one) => one === c).length;
      if (count >= LEAST_OF_CLASS) return;
      throw appError(
        'RequestInvalid',
        `There are too few ${words[name] ?? name} images of "${label}" (expected at least ${LEAST_OF_CLASS}, got ` +
          `${count}). Add images of it, or leave it out.`,
      );
    });
  }
}
