import { expect, test } from 'vitest';
import type { JudgedVolume } from '../../../src/evaluation/judge-volumes';
import { diceOfParts } from '../../../src/evaluation/metrics/segmentation-scores';
import { mean } from '../../../src/evaluation/metrics/percentile';
import {
  answersOf,
  startParameters,
  trainLearner,
} from '../../../src/evaluation/usefulness/learner';
import {
  pairsOf,
  volumeSegmentation,
} from '../../../src/evaluation/usefulness/volume-segmentation';
import type { VolumeSize } from '../../../src/image/volume/voxel-place';
import { openShippedLearner } from './shipped-learner';

const size: VolumeSize = [40, 56, 40];
const count = 40 * 56 * 40;

/** A bright ball and a dim one that touch along y, on a slope. */
function balls(n: number): JudgedVolume {
  const labels = new Uint8Array(count);
  const voxels = Uint8Array.from({ length: count }, (_, i) => {
    const [x, y, z] = [Math.floor(i / 2240), Math.floor(i / 40) % 56, i % 40];
    const off = (y0: number) =>
      Math.hypot(x - 20 - (n % 3), y - y0 - ((n * 5) % 7), z - 20) < 9 + (n % 2);
    labels[i] = off(18) ? 1 : off(34) ? 2 : 0;
    return [60, 210, 150][labels[i]] + ((x + n) % 12);
  });
  return { voxels, labels };
}

const real = Array.from({ length: 10 }, (_, n) => balls(n));
const synthetic = Array.from({ length: 4 }, (_, n) => balls(20 + n));

test('the network of volumes learns to find both parts in 24 steps', async () => {
  const open = await openShippedLearner('volume-segmenter');
  const [train, held] = [pairsOf(real.slice(0, 6), size), pairsOf(real.slice(6), size)];
  const rows = (count: number) => Array.from({ length: count }, (_, i) => i);
  const start = startParameters(open, 1, 3);
  const sources = [{ examples: train.examples, indices: rows(6), rows: 4 }];
  const plan = { steps: 24, learningRate: 3e-3, seed: 3 };
  const since = performance.now();
  const { parameters, losses } = await trainLearner(open, start, 1, sources, plan);
  console.info('ms a step of 4 volumes:', (performance.now() - since) / plan.steps);
  expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]);
  const diceOf = async (numbers: Float32Array) => {
    const tested = { examples: held.examples, indices: rows(4) };
    const logits = await answersOf(open, numbers, 1, tested);
    const all = held.truths.map(({ labels }, i) =>
      diceOfParts(logits.subarray(3 * i * count, 3 * (i + 1) * count), labels),
    );
    return mean(all);
  };
  const [untrained, trained] = [await diceOf(start), await diceOf(parameters)];
  console.info('Dice before and after:', untrained, trained);
  expect(trained).toBeGreaterThan(0.4);
  expect(untrained).toBeLessThan(0.2);
}, 1_200_000);

test('segmenters of volumes are trained in all arms, and steps are told', async () => {
  const open = await openShippedLearner('volume-segmenter');
  const told: [number, number][] = [];
  const report = await volumeSegmentation(
    { real, synthetic, size },
    open,
    { seed: 1, steps: 2 },
    (done, total) => Promise.resolve(void told.push([done, total])),
  );
  const [{ numReal, dice }] = report.sizes;
  expect([numReal, report.numTest, report.numSynthetic, report.test]).toEqual([6, 4, 4, 'split']);
  expect(Object.keys(dice)).toEqual(['real', 'synthetic', 'mixed', 'synthetic then real']);
  expect(dice.real.bySeed).toHaveLength(5);
  expect(told).toHaveLength(5 * (2 + 1 + 2 + 2 + 1));
  expect(told.at(-1)).toEqual([40, 40]);
}, 1_200_000);

test('volumes of another size, and too few with a label map, are refused by name', async () => {
  const open = await openShippedLearner('volume-segmenter');
  const nothing = () => Promise.resolve();
  const settings = { seed: 1, steps: 1 };
  const small = { real: [], synthetic: [], size: [8, 16, 24] as VolumeSize };
  await expect(volumeSegmentation(small, open, settings, nothing)).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringContaining('takes volumes of 40 × 56 × 40 voxels') as string,
  });
  const unlabelled = { real: real.map((one) => ({ ...one, labels: null })), synthetic, size };
  await expect(volumeSegmentation(unlabelled, open, settings, nothing)).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringMatching(/too few real training volumes with a label map/) as string,
  });
});
