import { appError } from '../errors';
import { philox4x32 } from '../common/philox';
import type { ImageRecord } from './dataset-item';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Parts of a whole; they sum to 1. */
export type SplitShares = Record<Split, number>;

/**
 * The split of each record, in their order. Every recipe row is parted by itself in the same shares, so that no split
 * lacks a row that is large enough; groups stay together; the same seed parts the same records alike.
 */
export function assignSplits(
  records: readonly ImageRecord[],
  shares: SplitShares,
  seed: number,
): Split[] {
  checkShares(shares);
  const splits = new Array<Split>(records.length);
  for (const [row, indices] of groupBy(records.keys(), (i) => records[i].row)) {
    const groups = [...groupBy(indices, (i) => records[i].group ?? `\0${records[i].id}`).values()];
    const filled: SplitShares = { train: 0, validation: 0, test: 0 };
    for (const group of shuffled(groups, seed, row)) {
      const split = neediest(shares, filled, indices.length);
      filled[split] += group.length;
      for (const i of group) splits[i] = split;
    }
  }
  return splits;
}

function checkShares(shares: SplitShares) {
  const values = SPLITS.map((split) => shares[split]);
  const sum = values.reduce((total, share) => total + share, 0);
  if (values.every((share) => share >= 0) && Math.abs(sum - 1) < 1e-6) return;
  throw appError(
    'RequestInvalid',
    `The shares of the splits are ${values.join(' + ')} = ${Number(sum.toFixed(6))} (expected none below 0, together 1). ` +
      'Change them so that they sum to 100 %.',
  );
}

/** The split that is furthest below its share of `total`; the earlier one of equals. */
function neediest(shares: SplitShares, filled: SplitShares, total: number): Split {
  const missing = (split: Split) => shares[split] * total - filled[split];
  return SPLITS.reduce((best, split) => (missing(split) > missing(best) + 1e-9 ? split : best));
}

/** Fisher-Yates with Philox, key (seed, 0), counter (i, row, 0, 2): no other stream has a last word of 2. */
function shuffled<T>(items: T[], seed: number, row: number): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const [word] = philox4x32([i, row, 0, 2], [seed, 0]);
    const other = Math.floor((word / 2 ** 32) * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
