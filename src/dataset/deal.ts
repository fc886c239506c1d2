/** Cycles are at most this long; shares above it are refused by `validateRecipe`. */
export const MAX_SHARES = 1000;

/**
 * Deals values out of several lists at once. `deal(j)` gives an index into each list. Any n places in a row hold each
 * value in its share, to within one; lists are crossed: after as many places as there are combinations, each
 * combination has come up in its share.
 */
export function createDealer(lists: number[][]): (j: number) => number[] {
  const cycles = lists.map(createCycle);
  let before = 1; // combinations of the lists before
  const steps = cycles.map(({ length }) => {
    const period = lcm(before, length);
    const combinations = Math.min(before * length, 2 ** 40);
    before = combinations;
    return { period, combinations };
  });
  return (j) =>
    cycles.map((cycle, i) => {
      const { period, combinations } = steps[i];
      // Two cycles that run side by side meet in only some combinations; a shift after each full period gives all.
      const shift = Math.floor((j % combinations) / period);
      return cycle[(j + shift) % cycle.length];
    });
}

/**
 * Points that fill [0, 1)ᵈ evenly from the first on: an additive recurrence, x_j = offset + j·α (mod 1), with
 * αᵢ = g^−(i+1) and g^(d+1) = g + 1. Roberts 2018, http://extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences.
 * `offsets` are 32-bit words, one for each dimension. Powers are products here: browsers round `**` differently, and
 * batch/phantoscope_batch/deal.py has to come to the same bits.
 */
export function createSpread(offsets: number[]): (j: number) => number[] {
  const g = spreadRoot(offsets.length);
  let alpha = 1;
  const alphas = offsets.map(() => (alpha /= g));
  return (j) => offsets.map((offset, i) => (offset / 2 ** 32 + (j + 1) * alphas[i]) % 1);
}

/** The g > 1 with g^(d+1) = g + 1, by Newton's method from 2. */
function spreadRoot(d: number): number {
  let g = 2;
  for (let i = 0; i < 64; i++) {
    let power = 1;
    for (let k = 0; k < d; k++) power *= g;
    g -= (power * g - g - 1) / ((d + 1) * power - 1);
  }
  return g;
}

/** A 32-bit word from numbers and a name: FNV-1a over all, then MurmurHash3's finalizer. */
export function hash32(seed: number, index: number, name: string): number {
  let hash = 0x811c9dc5;
  const bytes = [seed, index].flatMap((word) =>
    [0, 8, 16, 24].map((bits) => (word >>> bits) & 255),
  );
  for (const byte of [...bytes, ...new TextEncoder().encode(name)]) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** One round of indices, each as often as its share and as evenly apart as can be: 2, 1 → 0, 1, 0. */
function createCycle(shares: number[]): number[] {
  const divisor = shares.reduce(gcd, 0);
  const parts = shares.map((share) => share / divisor);
  const length = parts.reduce((sum, part) => sum + part, 0);
  const credit = parts.map(() => 0);
  return Array.from({ length }, () => {
    for (const [i, part] of parts.entries()) credit[i] += part;
    const next = credit.indexOf(Math.max(...credit));
    credit[next] -= length;
    return next;
  });
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function lcm(a: number, b: number): number {
  return (a / gcd(a, b)) * b;
}
