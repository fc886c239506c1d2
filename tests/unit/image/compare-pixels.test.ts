import { expect, test } from 'vitest';
import { comparePixels } from '../../../src/image/compare-pixels';

const image = (data: number[], width = 2) => ({
  width,
  height: data.length / 4 / width,
  data: Uint8ClampedArray.from(data),
});
const BLACK = Array.from({ length: 16 }, () => 0);

test('the same pixels are identical', () => {
  expect(comparePixels(image(BLACK), image(BLACK))).toEqual({
    ...{ identical: true, numDifferent: 0, numPixels: 4, largest: 0, at: null },
  });
});

test('the largest difference of any channel is found, and where it is', () => {
  const other = [...BLACK];
  other[2] = 3; // pixel 0, blue
  other[13] = 9; // pixel 3, green
  expect(comparePixels(image(BLACK), image(other))).toEqual({
    ...{ identical: false, numDifferent: 2, numPixels: 4, largest: 9, at: { x: 1, y: 1 } },
  });
});

test('images of different sizes are never identical', () => {
  expect(comparePixels(image(BLACK), image(BLACK, 4)).identical).toBe(false);
});
