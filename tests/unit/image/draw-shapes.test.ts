import { expect, test } from 'vitest';
import { ellipsePixels, polygonPixels, strokePixels } from '../../../src/image/draw-shapes';

const raster = { width: 8, height: 6 };
/** The pixels as rows of dots and crosses. */
function drawn(pixels: number[]): string[] {
  return Array.from({ length: raster.height }, (_, y) =>
    Array.from({ length: raster.width }, (_, x) =>
      pixels.includes(y * raster.width + x) ? 'x' : '.',
    ).join(''),
  );
}

test('a brush of one pixel paints the pixel that it is in', () => {
  expect(strokePixels(raster, { x: 2.5, y: 3.5 }, { x: 2.5, y: 3.5 }, 1)).toEqual([3 * 8 + 2]);
});

test('a stroke covers its whole way, ends round, and nothing beyond the picture', () => {
  expect(drawn(strokePixels(raster, { x: -2, y: 2 }, { x: 5, y: 2 }, 4))).toEqual([
    'xxxxxx..',
    'xxxxxxx.',
    'xxxxxxx.',
    'xxxxxx..',
    '........',
    '........',
  ]);
});

test('an ellipse fills the box between two corners, whichever way it is dragged', () => {
  const [a, b] = [
    { x: 1, y: 1 },
    { x: 7, y: 5 },
  ];
  const expected = ['........', '..xxxx..', '.xxxxxx.', '.xxxxxx.', '..xxxx..', '........'];
  expect(drawn(ellipsePixels(raster, a, b))).toEqual(expected);
  expect(drawn(ellipsePixels(raster, b, a))).toEqual(expected);
  expect(ellipsePixels(raster, a, a)).toEqual([]);
});

test('a polygon fills what lies inside, notches left out, and needs three corners', () => {
  const notched = [
    [0, 0],
    [8, 0],
    [8, 5.5],
    [4, 1.5],
    [0, 5.5],
  ].map(([x, y]) => ({ x, y }));
  expect(drawn(polygonPixels(raster, notched))).toEqual([
    'xxxxxxxx',
    'xxxxxxxx',
    'xxx..xxx',
    'xx....xx',
    'x......x',
    '........',
  ]);
  expect(polygonPixels(raster, notched.slice(0, 2))).toEqual([]);
});
