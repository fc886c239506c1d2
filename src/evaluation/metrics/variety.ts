import { msSsim, type Plane } from './ms-ssim';
import { interval, mean, type Estimate } from './percentile';
import { createRandom } from './random';

/** Side at which pictures are compared. */
export const VARIETY_SIDE = 256;

const PAIRS_OF_A_LABEL = 12;
const MAX_PAIRS = 60;

/** Two images of one label, by index. */
export type Pair = readonly [number, number];

/** Random pairs within each label; none of an image with itself, none of a label with one image. */
export function pairsWithinLabels(labels: readonly string[], seed: number): Pair[] {
  const random = createRandom(seed, 4);
  const byLabel = new Map<string, number[]>();
  labels.forEach((label, i) => byLabel.set(label, [...(byLabel.get(label) ?? []), i]));
  const several = [...byLabel.values()].filter((indices) => indices.length > 1);
  const each = Math.max(1, Math.min(PAIRS_OF_A_LABEL, Math.floor(MAX_PAIRS / several.length)));
  return several.flatMap((indices) =>
    Array.from({ length: several.length === 1 ? MAX_PAIRS / 2 : each }, (): Pair => {
      const first = random.integer(indices.length);
      const second = (first + 1 + random.integer(indices.length - 1)) % indices.length;
      return [indices[first], indices[second]];
    }),
  );
}

/**
 * Mean MS-SSIM of the pairs, nearer 1 where images of a label are more alike, with a bootstrap interval over pairs. Odena
 * et al. 2017, https://arxiv.org/abs/1610.09585, section 4.2. `read` gives a picture of 256 · 256.
 */
export async function meanSimilarity(
  pairs: readonly Pair[],
  read: (index: number) => Promise<Float32Array>,
  seed: number,
  onPair: () => void,
): Promise<Estimate | null> {
  if (pairs.length === 0) return null;
  const plane = async (index: number): Promise<Plane> => ({
    width: VARIETY_SIDE,
    height: VARIETY_SIDE,
    values: await read(index),
  });
  const found: number[] = [];
  for (const [a, b] of pairs) {
    found.push(msSsim(await plane(a), await plane(b)));
    onPair();
  }
  const random = createRandom(seed, 5);
  const draws = Array.from({ length: 500 }, () =>
    mean(found.map(() => found[random.integer(found.length)])),
  );
  return interval(mean(found), draws);
}
