import { expect, test } from 'vitest';
import { createRandom } from '../../../src/evaluation/metrics/random';
import { diceOfParts } from '../../../src/evaluation/metrics/segmentation-scores';
import { writeVolume } from '../../../src/evaluation/usefulness/changed-volume';
import type { VolumeSize } from '../../../src/image/volume/voxel-place';

const size: VolumeSize = [12, 16, 10];
const count = 12 * 16 * 10;

/** Two blocks one beside the other, off the middle along x; each label has a grey of its own. */
const labels = Uint8Array.from({ length: count }, (_, i) => {
  const [x, y, z] = [Math.floor(i / 160), Math.floor(i / 10) % 16, i % 10];
  return x >= 2 && x < 7 && z >= 3 && z < 8 ? (y >= 3 && y < 8 ? 1 : y >= 8 && y < 13 ? 2 : 0) : 0;
});
const voxels = Uint8Array.from(labels, (label) => 60 + 80 * label);

function written(seed: number | null) {
  const [x, targets] = [new Float32Array(count), new Float32Array(3 * count)];
  writeVolume({ voxels, labels }, size, x, targets, seed === null ? null : createRandom(seed));
  const map = Uint8Array.from({ length: count }, (_, i) =>
    [0, 1, 2].find((label) => targets[label * count + i] === 1)!,
  );
  return { x, targets, map };
}

test('a volume that is not changed is its own grey in −1…1 and its own labels', () => {
  const { x, targets, map } = written(null);
  expect(x[0]).toBeCloseTo(60 / 127.5 - 1, 6);
  expect([...map]).toEqual([...labels]);
  expect(targets.reduce((sum, value) => sum + value, 0)).toBe(count);
});

test('changes move image and labels together, keep sizes about, and follow from the seed', () => {
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);
  const all = seeds.map(written);
  for (const { x, targets, map } of all) {
    expect(targets.reduce((sum, value) => sum + value, 0)).toBe(count);
    expect(x.every((value) => value >= -1 && value <= 1)).toBe(true);
    // The greys are in the order of the labels, whatever the tone: where the image is brightest, the second part is.
    const meanOf = (label: number) => {
      const own = x.filter((_, i) => map[i] === label);
      return own.reduce((sum, value) => sum + value, 0) / own.length;
    };
    expect(meanOf(1)).toBeGreaterThan(meanOf(0) + 0.2);
    expect(meanOf(2)).toBeGreaterThan(meanOf(1) + 0.1);
    const painted = map.filter((label) => label > 0).length;
    expect(painted).toBeGreaterThan(125); // of 250: bends of two voxels are half of a block of five
    expect(painted).toBeLessThan(450);
  }
  expect(written(3).x).toEqual(written(3).x);
  expect(written(3).x).not.toEqual(written(4).x);
  // Some are seen from the other side, where the blocks lie beyond the middle.
  const middleOf = (map: Uint8Array) => {
    const places = [...map.keys()].filter((i) => map[i] > 0).map((i) => Math.floor(i / 160));
    return places.reduce((sum, x) => sum + x, 0) / places.length;
  };
  const beyond = all.filter(({ map }) => middleOf(map) > 5.5).length;
  expect(beyond).toBeGreaterThan(3);
  expect(beyond).toBeLessThan(25);
});

test('the Dice of both parts is the mean of the likeliest labels’ overlap', () => {
  const truth = [0, 1, 1, 2];
  const logits = (found: number[]) =>
    Float32Array.from([0, 1, 2].flatMap((label) => found.map((one) => (one === label ? 2 : -1))));
  expect(diceOfParts(logits(truth), truth)).toBe(1);
  expect(diceOfParts(logits([0, 1, 2, 2]), truth)).toBeCloseTo((2 / 3 + 2 / 3) / 2, 9);
  expect(diceOfParts(logits([0, 0, 0, 2]), truth)).toBe(0.5);
});
