import { expect, test } from 'vitest';
import {
  answersOf,
  startParameters,
  storedExamples,
  trainLearner,
  type StoredExamples,
} from '../../../src/evaluation/usefulness/learner';
import { networkArms } from '../../../src/evaluation/usefulness/network-arms';
import { createRandom } from '../../../src/evaluation/metrics/random';
import type { Arm } from '../../../src/evaluation/report/report';
import { meanDice, scoreSegmentation } from '../../../src/evaluation/metrics/segmentation-scores';
import { openShippedLearner } from './shipped-learner';

const SIZE = 64;
const PIXELS = SIZE * SIZE;

/** A bright disc somewhere on a slope; `masks` [count, 64, 64]. */
function discs(count: number, from: number): StoredExamples {
  const x = new Float32Array(count * 3 * PIXELS);
  const targets = new Float32Array(count * PIXELS);
  for (let n = 0; n < count; n++) {
    const seed = from + n;
    const [cx, cy, radius] = [12 + ((seed * 17) % 40), 12 + ((seed * 29) % 40), 6 + (seed % 6)];
    for (let i = 0; i < PIXELS; i++) {
      const [px, py] = [i % SIZE, Math.floor(i / SIZE)];
      const inside = (px - cx) ** 2 + (py - cy) ** 2 <= radius ** 2;
      targets[n * PIXELS + i] = inside ? 1 : 0;
      const value = (inside ? 0.6 : -0.4) + 0.3 * Math.sin((px + seed) / 9);
      for (let c = 0; c < 3; c++) x[(n * 3 + c) * PIXELS + i] = value;
    }
  }
  return storedExamples({ count, x, targets, targetDims: [SIZE, SIZE] });
}

/** Stripes that lie, stand or run down: three classes, one-hot. */
function stripes(count: number, from: number): StoredExamples {
  const x = new Float32Array(count * 3 * PIXELS);
  const targets = new Float32Array(count * 3);
  for (let n = 0; n < count; n++) {
    const kind = n % 3;
    targets[n * 3 + kind] = 1;
    for (let i = 0; i < PIXELS; i++) {
      const [px, py] = [i % SIZE, Math.floor(i / SIZE)];
      const at = kind === 0 ? py : kind === 1 ? px : (px + py) / Math.SQRT2;
      const value = 0.5 * Math.sin(at / 2 + from + n);
      for (let c = 0; c < 3; c++) x[(n * 3 + c) * PIXELS + i] = value;
    }
  }
  return storedExamples({ count, x, targets, targetDims: [3] });
}

const all = (count: number) => Array.from({ length: count }, (_, i) => i);

test('the segmenter learns to find discs within seconds, and the same seed ends at the same numbers', async () => {
  const open = await openShippedLearner('segmenter');
  const [train, held] = [discs(24, 0), discs(12, 500)];
  const start = startParameters(open, 1, 7);
  const sources = [{ examples: train, indices: all(24), rows: 16 }];
  const plan = { steps: 60, learningRate: 3e-3, seed: 7 };
  const since = performance.now();
  const { parameters, losses } = await trainLearner(open, start, 1, sources, plan);
  console.info('segmenter, ms a step of 16:', (performance.now() - since) / plan.steps);
  expect(losses.at(-1)).toBeLessThan(0.3 * losses[0]);

  const diceOf = async (numbers: Float32Array) => {
    const logits = await answersOf(open, numbers, 1, { examples: held, indices: all(12) });
    const scores = all(12).map((i) =>
      scoreSegmentation(logits.subarray(i * PIXELS, (i + 1) * PIXELS), {
        ...{ width: SIZE, height: SIZE },
        values: Uint16Array.from(held.targets.subarray(i * PIXELS, (i + 1) * PIXELS)),
      }),
    );
    return meanDice(scores, new Array<number>(12).fill(1));
  };
  const [untrained, trained] = [await diceOf(start), await diceOf(parameters)];
  console.info('Dice before and after:', untrained, trained);
  expect(trained).toBeGreaterThan(0.85);
  expect(untrained).toBeLessThan(0.5);

  const short = { ...plan, steps: 3 };
  const [one, other] = [
    await trainLearner(open, start, 1, sources, short),
    await trainLearner(open, startParameters(open, 1, 7), 1, sources, short),
  ];
  expect(other.losses).toEqual(one.losses);
  const different = await trainLearner(open, start, 1, sources, { ...short, seed: 8 });
  expect(different.losses).not.toEqual(one.losses);
});

test('the classifier learns three kinds of stripes, a number of classes its file was not made for', async () => {
  const open = await openShippedLearner('classifier');
  const [train, held] = [stripes(30, 0), stripes(30, 100)];
  const plan = { steps: 60, learningRate: 3e-3, seed: 3 };
  const since = performance.now();
  const { parameters, losses } = await trainLearner(
    open,
    startParameters(open, 3, 3),
    3,
    [{ examples: train, indices: all(30), rows: 16 }],
    plan,
  );
  console.info('classifier, ms a step of 16:', (performance.now() - since) / plan.steps);
  expect(losses.at(-1)).toBeLessThan(0.3 * losses[0]);
  const logits = await answersOf(open, parameters, 3, { examples: held, indices: all(30) });
  const right = all(30).filter((i) => {
    const own = [...logits.subarray(3 * i, 3 * i + 3)];
    return own.indexOf(Math.max(...own)) === i % 3;
  });
  expect(right.length).toBeGreaterThanOrEqual(28);
});

test('arms of the classifier learn from what each is given', async () => {
  const open = await openShippedLearner('classifier');
  const setOf = ({ count, x }: StoredExamples, shift: number) => ({
    x: { rows: count, size: 3 * PIXELS, values: x as Float32Array<ArrayBuffer> },
    labels: all(count).map((i) => (i + shift) % 3),
    groups: all(count).map(String),
  });
  // The synthetic images have wrong labels: only the arms that learn from real ones alone, or last, can be right.
  const [real, wrong, test] = [
    setOf(stripes(30, 0), 0),
    setOf(stripes(30, 50), 1),
    stripes(30, 100),
  ];
  const answer = networkArms(open, 60)(real, wrong, 3, createRandom(1, 1));
  const accuracy = async (arm: Arm) => {
    const p = await answer(arm, setOf(test, 0).x);
    expect(p[0] + p[1] + p[2]).toBeCloseTo(1, 6);
    const best = (row: number[]) => row.indexOf(Math.max(...row));
    return all(30).filter((i) => best([...p.subarray(3 * i, 3 * i + 3)]) === i % 3).length / 30;
  };
  expect(await accuracy('synthetic')).toBeLessThan(0.2);
  expect(await accuracy('real')).toBeGreaterThan(0.9);
  expect(await accuracy('synthetic then real')).toBeGreaterThan(0.8);
  expect(await accuracy('mixed')).toBeGreaterThan(0.6);
});
