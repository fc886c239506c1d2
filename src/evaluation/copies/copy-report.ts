import { binomialInterval } from '../metrics/binomial';
import { findCopies, type CopySide } from './copies';
import { copyVerdict } from './copy-limit';
import type { Multiply } from '../metrics/feature-matrix';
import { featuresOf, type ReadSet } from '../metrics/read-features';
import type { CopyReport, SetName } from '../report/report';

const NUM_PAIRS = 20;
const NUM_STEPS = 20;

/** Looks for copies: what the report says of them. */
export async function copyReport(
  { real, synthetic, holdout }: Record<SetName, ReadSet>,
  networkId: string,
  multiply: Multiply,
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<CopyReport> {
  const side = (set: ReadSet): CopySide => ({
    thumbs: set.features.map(({ thumb }) => thumb),
    features: featuresOf(set, networkId),
    groups: set.images.map(({ group }) => group ?? null),
  });
  const held = holdout.images.length > 0 ? side(holdout) : null;
  const found = await findCopies(side(synthetic), side(real), held, multiply, (share) =>
    onProgress(share * 100, 100),
  );
  const { nearest, heldNearest, threshold, holdoutRate, features } = found;
  const numHoldout = heldNearest.length;
  const nameOf = (index: number) => synthetic.images[index].name;
  const near = nearest.filter(({ distance }) => distance <= threshold);
  const { value: rate, low, high } = binomialInterval(near.length, nearest.length);
  return {
    rate,
    low,
    high,
    count: near.length,
    threshold,
    holdoutRate,
    numHoldout,
    features,
    heldInTurn: held === null,
    limit: holdoutRate,
    aboveLimit: copyVerdict(near.length, {
      numSynthetic: nearest.length,
      numHoldout,
      limit: holdoutRate,
    }),
    suspects: near.map(({ index }) => nameOf(index)),
    numSynthetic: synthetic.images.length,
    numReal: real.images.length,
    histogram: { synthetic: shares(nearest), holdout: shares(heldNearest) },
    pairs: [...nearest]
      .sort((a, b) => a.distance - b.distance)
      .slice(0, NUM_PAIRS)
      .map(({ index, real: at, distance }) => ({
        synthetic: nameOf(index),
        real: real.images[at].name,
        distance,
        copy: distance <= threshold,
      })),
  };
}

/** Of the distances, in equal steps from 0 to 1; the last step holds what is farther. */
function shares(found: readonly { distance: number }[]): number[] {
  const counts = new Array<number>(NUM_STEPS).fill(0);
  for (const { distance } of found) {
    counts[Math.min(NUM_STEPS - 1, Math.floor(distance * NUM_STEPS))] += 1 / found.length;
  }
  return counts;
}
