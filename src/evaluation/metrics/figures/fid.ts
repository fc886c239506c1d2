import type { FeatureMatrix } from '../feature-matrix';
import type { Figure, FigureSides } from './figure';

/** With fewer the bias of FID is larger than what it measures. */
const LEAST_IMAGES = 1000;

/** From 1,000 images a side; its floor is one half of the real images against the other, where those are as many. */
export default async function measureFid({
  real,
  synthetic,
  holdout,
}: FigureSides): Promise<Figure | null> {
  if (Math.min(real.rows, synthetic.rows) < LEAST_IMAGES) return null;
  const { fid } = await import('../fid'); // and with it its library, which few comparisons need
  const half = real.rows >> 1;
  const held = holdout && holdout.rows >= LEAST_IMAGES ? holdout : null;
  const floor = () =>
    half >= LEAST_IMAGES ? fid(rows(real, 0, half), rows(real, half, half)) : null;
  return { value: fid(synthetic, real), floor: held ? fid(held, real) : floor() };
}

function rows({ size, values }: FeatureMatrix, first: number, count: number): FeatureMatrix {
  return { rows: count, size, values: values.subarray(first * size, (first + count) * size) };
}
