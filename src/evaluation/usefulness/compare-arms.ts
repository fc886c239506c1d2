import type { Weights } from '../metrics/classification';
import { interval, mean, type Estimate } from '../metrics/percentile';
import { createRandom } from '../metrics/random';

/** What an interval of a difference allows to say. */
export type Verdict = 'higher' | 'lower' | 'not distinguishable';

/** One arm's figure, by seed too, and how it differs from the first arm. */
export interface ArmResult extends Estimate {
  bySeed: number[];
  gain?: Estimate & { verdict: Verdict };
}

/**
 * Compares arms by a paired bootstrap: each draw takes whole groups (patients) of the test images and whole seeds, the same
 * for every arm. Efron and Tibshirani 1993, chapter 16. The first arm is the reference.
 */
export function compareArms<Answers>(
  arms: Record<string, Answers[]>,
  groups: readonly string[],
  metric: (answers: Answers, weights: Weights) => number,
  { draws = 1000, seed = 0 } = {},
): Record<string, ArmResult> {
  const weights = drawGroups(groups, draws, seed);
  const all = groups.map(() => 1);
  const random = createRandom(seed, 3);
  const seeds = Object.values(arms)[0].length;
  const picked = weights.map(() => Array.from({ length: seeds }, () => random.integer(seeds)));
  const figures = Object.entries(arms).map(([name, bySeed]) => {
    const plain = bySeed.map((one) => metric(one, all));
    const drawn = weights.map((weight, d) => {
      const known = bySeed.map((one, s) => (picked[d].includes(s) ? metric(one, weight) : NaN));
      return mean(picked[d].map((s) => known[s]));
    });
    return { name, plain, drawn };
  });
  const [reference] = figures;
  return Object.fromEntries(
    figures.map((arm) => {
      const own: ArmResult = { ...interval(mean(arm.plain), arm.drawn), bySeed: arm.plain };
      if (arm === reference) return [arm.name, own];
      const differences = arm.drawn.map((value, d) => value - reference.drawn[d]);
      const gain = interval(mean(arm.plain) - mean(reference.plain), differences);
      return [arm.name, { ...own, gain: { ...gain, verdict: verdict(gain) } }];
    }),
  );
}

/** `higher` and `lower` only where the interval leaves out 0. */
export function verdict({ low, high }: { low: number; high: number }): Verdict {
  return low > 0 ? 'higher' : high < 0 ? 'lower' : 'not distinguishable';
}

/** How often each image counts in each draw, when as many groups as there are are drawn with replacement. */
export function drawGroups(groups: readonly string[], draws: number, seed: number): number[][] {
  const random = createRandom(seed, 2);
  const names = [...new Set(groups)];
  const at = new Map(names.map((name, i) => [name, i]));
  const index = groups.map((name) => at.get(name)!);
  return Array.from({ length: draws }, () => {
    const counts = names.map(() => 0);
    for (let i = 0; i < names.length; i++) counts[random.integer(names.length)]++;
    return index.map((group) => counts[group]);
  });
}
