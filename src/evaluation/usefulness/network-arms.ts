import {
  answersOf,
  startParameters,
  storedExamples,
  trainLearner,
  type Examples,
  type OpenLearner,
} from './learner';
import { classWeights } from './linear-head';
import type { ArmAnswers, Labelled } from './train-arms';
import type { Arm } from '../report/report';

const BATCH = 8;
/** Of a batch, in the mixed arm. */
const SYNTHETIC_ROWS = 2;
const LEARNING_RATE = 3e-3;

/**
 * Arms of a small network that is trained from nothing on pixels, each for the same number of steps; of "synthetic then
 * real" one half on either. Rows of x are pictures, [3 · size · size] in −1…1.
 */
export function networkArms(open: OpenLearner, steps: number): ArmAnswers {
  return (real, synthetic, classes, random) => {
    const plan = { learningRate: LEARNING_RATE, seed: random.integer(2 ** 32) };
    const half = Math.floor(steps / 2);
    const start = startParameters(open, classes, plan.seed);
    const [own, made] = [examplesOf(real, classes), examplesOf(synthetic, classes)];
    const train = async (from: Float32Array, count: number, ...sources: [Examples, number][]) => {
      const drawn = sources.map(([examples, rows]) => ({ examples, rows, indices: all(examples) }));
      return (await trainLearner(open, from, classes, drawn, { ...plan, steps: count })).parameters;
    };
    const parametersOf: Record<Arm, () => Promise<Float32Array>> = {
      real: () => train(start, steps, [own, BATCH]),
      synthetic: () => train(start, steps, [made, BATCH]),
      mixed: () => train(start, steps, [own, BATCH - SYNTHETIC_ROWS], [made, SYNTHETIC_ROWS]),
      'synthetic then real': async () =>
        train(await train(start, half, [made, BATCH]), steps - half, [own, BATCH]),
    };
    return async (arm, x) => {
      const tested = storedExamples({
        count: x.rows,
        x: x.values,
        targets: new Float32Array(0),
        targetDims: [classes],
      });
      const indices = all(tested);
      const parameters = await parametersOf[arm]();
      return softmaxRows(
        await answersOf(open, parameters, classes, { examples: tested, indices }),
        classes,
      );
    };
  };
}

/** Pictures with their classes as one-hot targets; every class counts the same. */
function examplesOf({ x, labels }: Labelled, classes: number): Examples {
  const targets = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (targets[i * classes + label] = 1));
  const weights = classWeights(labels);
  return storedExamples({ count: x.rows, x: x.values, targets, targetDims: [classes], weights });
}

function all({ count }: Examples): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function softmaxRows(logits: Float32Array, classes: number): Float64Array {
  const result = Float64Array.from(logits);
  for (let at = 0; at < result.length; at += classes) {
    const row = result.subarray(at, at + classes);
    const top = row.reduce((max, value) => Math.max(max, value), -Infinity);
    const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
    row.forEach((value, c) => (row[c] = Math.exp(value - top) / sum));
  }
  return result;
}
