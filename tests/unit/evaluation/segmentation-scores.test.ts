import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listImages } from '../../../src/evaluation/list-images';
import {
  dice,
  instanceF1,
  meanDice,
  scoreSegmentation,
} from '../../../src/evaluation/metrics/segmentation-scores';

/** Rows of digits as a mask: 0 is the background. */
function maskOf(...rows: string[]) {
  const values = Uint16Array.from(rows.join(''), Number);
  return { width: rows[0].length, height: rows.length, values };
}

/** Logits whose sign is the foreground. */
function logitsOf(...rows: string[]) {
  return Float32Array.from(rows.join(''), (digit) => (digit === '0' ? -2 : 2));
}

test('Dice is twice the overlap over both areas, 1 of two empty masks and 0 where only one is', () => {
  expect(dice([1, 1, 0, 0], [0, 7, 9, 0])).toBe(0.5);
  expect(dice([1, 1, 1, 0], [3, 3, 3, 0])).toBe(1);
  expect(dice([1, 1, 0], [1, 0, 0])).toBe(2 / 3);
  expect(dice([0, 0], [0, 0])).toBe(1);
  expect(dice([0, 1], [0, 0])).toBe(0);
});

test('Dice equals that of torchmetrics', () => {
  // By training/goldens/make_metric_goldens.py.
  const { dice: golden } = JSON.parse(readFileSync('tests/fixtures/metrics.json', 'utf8')) as {
    dice: { found: number[]; truth: number[]; dice: number };
  };
  expect(dice(golden.found, golden.truth)).toBe(golden.dice);
});

test('an instance is found from an overlap of one half on; others are extra or missed', () => {
  // Left: 2 of 4 pixels (IoU 0.5, found). Middle: 1 of 4 (missed, extra). Right: nothing there (extra).
  const truth = maskOf('11022000', '11022000');
  const score = scoreSegmentation(logitsOf('10010001', '10000001'), truth);
  expect(score).toMatchObject({ hits: 1, extra: 2, missed: 1 });
  expect(score.dice).toBeCloseTo((2 * 3) / (8 + 5), 12);
});

test('touching instances of different ids stay two, and one blob over both finds neither or one', () => {
  const truth = maskOf('1122', '1122');
  const blob = scoreSegmentation(logitsOf('1111', '1111'), truth);
  expect(blob).toEqual({ dice: 1, hits: 1, extra: 0, missed: 1 });
  const uneven = scoreSegmentation(logitsOf('111111', '111111'), maskOf('112233', '112233'));
  expect(uneven).toEqual({ dice: 1, hits: 0, extra: 1, missed: 3 });
  // A mask of one value: its stretches are the instances.
  expect(scoreSegmentation(logitsOf('1001'), maskOf('3003'))).toMatchObject({ hits: 2, missed: 0 });
});

test('figures over images count each as often as it is drawn', () => {
  const scores = [
    { dice: 1, hits: 3, extra: 0, missed: 0 },
    { dice: 0.5, hits: 1, extra: 1, missed: 2 },
  ];
  expect(meanDice(scores, [1, 1])).toBe(0.75);
  expect(meanDice(scores, [0, 2])).toBe(0.5);
  expect(instanceF1(scores, [1, 1])).toBeCloseTo(8 / 11, 12);
  expect(instanceF1(scores, [0, 1])).toBeCloseTo(2 / 5, 12);
  expect(instanceF1([{ dice: 1, hits: 0, extra: 0, missed: 0 }], [1])).toBe(1);
});

test('masks are named with their images, wherever they lie, and are not images themselves', () => {
  const paths = [
    ...['a/1.png', 'a/1.mask.png', 'b/2.jpg', 'b/masks/2.png', 'images/3.png', 'masks/3.png'],
    ...['set/images/x/4.dcm', 'set/masks/x/4.png', 'a/5.png', 'masks/6.png'],
  ];
  const found = listImages(paths, null).map(({ name, mask }) => [name, mask]);
  expect(Object.fromEntries(found)).toEqual({
    'a/1.png': 'a/1.mask.png',
    'b/2.jpg': 'b/masks/2.png',
    'images/3.png': 'masks/3.png',
    'set/images/x/4.dcm': 'set/masks/x/4.png',
    'a/5.png': undefined,
    'masks/6.png': undefined,
  });
});
