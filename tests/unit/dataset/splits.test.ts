import { expect, test } from 'vitest';
import { assignSplits } from '../../../src/dataset/splits';
import { record } from './toy-dataset';

const SHARES = { train: 0.7, validation: 0.1, test: 0.2 };
const records = Array.from({ length: 130 }, (_, i) => record(i, { row: i < 100 ? 0 : 1 }));

function count(splits: string[]) {
  return ['train', 'validation', 'test'].map((name) => splits.filter((s) => s === name).length);
}

test('every recipe row is parted in the shares asked for', () => {
  const splits = assignSplits(records, SHARES, 1);
  expect(count(splits.slice(0, 100))).toEqual([70, 10, 20]);
  expect(count(splits.slice(100))).toEqual([21, 3, 6]);
});

test('the same seed parts alike, another one differently', () => {
  expect(assignSplits(records, SHARES, 1)).toEqual(assignSplits(records, SHARES, 1));
  expect(assignSplits(records, SHARES, 1)).not.toEqual(assignSplits(records, SHARES, 2));
});

test('what belongs together stays together', () => {
  const grouped = records.map((one, i) => ({ ...one, group: `source-${Math.floor(i / 5)}` }));
  const splits = assignSplits(grouped, SHARES, 3);
  for (let i = 0; i < splits.length; i++) expect(splits[i]).toBe(splits[i - (i % 5)]);
  expect(count(splits.slice(0, 100))).toEqual([70, 10, 20]);
});

test('a row of one image goes where the largest share is', () => {
  expect(assignSplits([record(0)], SHARES, 0)).toEqual(['train']);
  expect(assignSplits([], SHARES, 0)).toEqual([]);
});

test.each([
  { train: 0.7, validation: 0.1, test: 0.1 },
  { train: 1.2, validation: -0.2, test: 0 },
  { train: NaN, validation: 0, test: 1 },
])('shares of %o are refused with their sum', (shares) => {
  expect(() => assignSplits(records, shares, 0)).toThrow(
    expect.objectContaining({
      name: 'RequestInvalid',
      message: expect.stringContaining('=') as string,
    }) as Error,
  );
});
