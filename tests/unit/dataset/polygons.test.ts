import { expect, test } from 'vitest';
import { maskPolygons } from '../../../src/dataset/polygons';

/** A mask from rows of digits. */
function mask(...rows: string[]) {
  const values = Uint16Array.from(rows.join(''), Number);
  return { width: rows[0].length, height: rows.length, values };
}

test('a rectangle has its four corners, clockwise', () => {
  const polygons = maskPolygons(mask('0000', '0110', '0110', '0000')).get(1)!;
  expect(polygons).toEqual([[1, 1, 3, 1, 3, 3, 1, 3]]);
});

test('an L keeps its inner corner, up to the border of the image', () => {
  expect(maskPolygons(mask('100', '100', '111')).get(1)).toEqual([
    [0, 0, 1, 0, 1, 2, 3, 2, 3, 3, 0, 3],
  ]);
});

test('parts that touch at a corner only are two polygons, instances never mix', () => {
  const polygons = maskPolygons(mask('1020', '0122', '0000'));
  expect(polygons.get(1)).toHaveLength(2);
  expect(polygons.get(2)).toEqual([[2, 0, 3, 0, 3, 1, 4, 1, 4, 2, 2, 2]]);
});

test('holes are filled, and the area without them is that of the pixels', () => {
  const ring = maskPolygons(mask('111', '101', '111')).get(1)!;
  expect(ring).toEqual([[0, 0, 3, 0, 3, 3, 0, 3]]);
  const blob = mask('0110', '1111', '0100');
  const area = maskPolygons(blob)
    .get(1)!
    .reduce((sum, polygon) => sum + areaOf(polygon), 0);
  expect(area).toBe(7);
});

function areaOf(polygon: number[]): number {
  const twice = polygon.reduce((sum, value, i) => {
    const next = polygon[(i + (i % 2 === 0 ? 3 : 1)) % polygon.length];
    return sum + (i % 2 === 0 ? value * next : -value * next);
  }, 0);
  return twice / 2;
}
