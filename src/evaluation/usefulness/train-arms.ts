import { pickRows, type FeatureMatrix } from '../metrics/feature-matrix';
import { classWeights, fitHead, predict, standardizer, type Head } from './linear-head';
import type { Random } from '../metrics/random';
import type { Arm } from '../report/report';

/** In the order of reports; the first is the reference. */
export const ARMS: readonly Arm[] = ['real', 'synthetic', 'mixed', 'synthetic then real'];

const STRENGTHS = [3e-4, 3e-3, 3e-2];
/** Of the head that later learns from real images. */
const FIRST_STRENGTH = 3e-3;
/** Of the loss, in the mixed arm. */
const SYNTHETIC_SHARE = 0.3;
const FOLDS = 3;
const MAX_SYNTHETIC = 500;
/** What a step must gain of the loss for the next one to be worth it. */
const GAIN = 1e-5;

/** Features or pixels, classes by number, patients. */
export interface Labelled {
  x: FeatureMatrix;
  labels: number[];
  groups: string[];
}

/** Trains the arms on one real subset; what it returns gives class probabilities of a test set, [n, classes] row-major. */
export type ArmAnswers = (
  real: Labelled,
  synthetic: Labelled,
  classes: number,
  random: Random,
) => (arm: Arm, test: FeatureMatrix) => Float64Array | Promise<Float64Array>;

/** Answers of linear heads. */
export const headArms: ArmAnswers = (...training) => {
  const trainer = createTrainer(...training);
  return (arm, test) => predict(trainer.train(arm), trainer.toReal(test));
};

/** Trains the arms on one real subset; nothing but that subset chooses their settings. */
export interface Trainer {
  train(arm: Arm): Head;
  /** Test features as the heads expect them. */
  toReal(x: FeatureMatrix): FeatureMatrix;
}

/**
 * Real and synthetic features are each standardised by their own spread. The strength of each arm's penalty is the one with
 * the lowest class-balanced log loss over three folds of the real subset, whole patients in one fold.
 */
export function createTrainer(
  real: Labelled,
  synthetic: Labelled,
  classes: number,
  random: Random,
): Trainer {
  const toReal = standardizer(real.x);
  const x = toReal(real.x);
  const chosen = random.permutation(synthetic.labels.length).slice(0, MAX_SYNTHETIC);
  const madeRaw = pickRows(synthetic.x, chosen);
  const made = standardizer(madeRaw)(madeRaw);
  const madeLabels = chosen.map((i) => synthetic.labels[i]);
  const folds = foldsOf(real, random);
  const pretrained = new Map<number, Head>();
  const fromSynthetic = (strength: number): Head => {
    const known = pretrained.get(strength);
    if (known) return known;
    const head = fitHead({ x: made, labels: madeLabels }, classes, strength, null, GAIN);
    pretrained.set(strength, head);
    return head;
  };

  function fit(arm: Arm, strength: number, rows: number[]): Head {
    if (arm === 'synthetic') return fromSynthetic(strength);
    const own = { x: pickRows(x, rows), labels: rows.map((i) => real.labels[i]) };
    if (arm === 'real') return fitHead(own, classes, strength, null, GAIN);
    if (arm === 'synthetic then real') {
      return fitHead(own, classes, strength, fromSynthetic(FIRST_STRENGTH), GAIN);
    }
    const weights = [
      ...classWeights(own.labels).map((w) => (w * (1 - SYNTHETIC_SHARE)) / own.labels.length),
      ...classWeights(madeLabels).map((w) => (w * SYNTHETIC_SHARE) / madeLabels.length),
    ];
    const both = { x: stacked(own.x, made), labels: [...own.labels, ...madeLabels], weights };
    return fitHead(both, classes, strength, null, GAIN);
  }

  function foldLoss(arm: Arm, strength: number): number {
    const weights = classWeights(real.labels);
    let loss = 0;
    for (let fold = 0; fold < FOLDS; fold++) {
      const outside = rowsOf(folds, (one) => one === fold);
      const inside = rowsOf(folds, (one) => one !== fold);
      if (outside.length === 0 || inside.length === 0) continue;
      const p = predict(fit(arm, strength, inside), pickRows(x, outside));
      outside.forEach((row, i) => {
        const probability = p[i * classes + real.labels[row]];
        loss -= weights[row] * Math.log(Math.max(probability, 1e-12));
      });
    }
    return loss;
  }

  return {
    toReal,
    train(arm) {
      const losses = STRENGTHS.map((strength) => foldLoss(arm, strength));
      const best = STRENGTHS[losses.indexOf(Math.min(...losses))];
      return fit(
        arm,
        best,
        rowsOf(folds, () => true),
      );
    },
  };
}

/** Fold of each image: whole groups, dealt out class by class. */
function foldsOf({ labels, groups }: Labelled, random: Random): number[] {
  const folds = new Map<string, number>();
  const order = random.permutation(labels.length).sort((a, b) => labels[a] - labels[b]);
  for (const i of order) if (!folds.has(groups[i])) folds.set(groups[i], folds.size % FOLDS);
  return groups.map((group) => folds.get(group)!);
}

function rowsOf(folds: number[], wanted: (fold: number) => boolean): number[] {
  return folds.flatMap((fold, i) => (wanted(fold) ? [i] : []));
}

function stacked(a: FeatureMatrix, b: FeatureMatrix): FeatureMatrix {
  const values = new Float32Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { rows: a.rows + b.rows, size: a.size, values };
}
