import { densityCoverage } from './density-coverage';
import { pickRows, type FeatureMatrix, type Multiply } from './feature-matrix';
import { kid } from './kid';
import { createRandom, type Random } from './random';
import type { Fidelity } from '../report/report';

/** Features of one set and the labels of its images. */
export interface FeatureSet {
  features: FeatureMatrix;
  labels: readonly string[];
}

/** Fewer images of a label say nothing about it. */
const LEAST_OF_LABEL = 20;
/** k of density and coverage, and one more. */
const LEAST_FOR_COVERAGE = 6;

/** KID, density and coverage of all images and of each label that both sides have 20 images of. */
export async function fidelityTable(
  sets: { real: FeatureSet; synthetic: FeatureSet; holdout: FeatureSet | null },
  multiply: Multiply,
  seed: number,
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<Fidelity[]> {
  const { real, synthetic, holdout } = sets;
  const labels = [...new Set(real.labels)].filter(
    (label) =>
      label !== '' && [real, synthetic].every((set) => rowsOf(set, label).length >= LEAST_OF_LABEL),
  );
  const names = labels.length > 1 || labels.length === 0 ? ['', ...labels.sort()] : [''];
  const table: Fidelity[] = [];
  for (const [i, label] of names.entries()) {
    await onProgress(i, names.length);
    const pick = (set: FeatureSet) => pickRows(set.features, rowsOf(set, label));
    const held = holdout && pick(holdout);
    const sides = { real: pick(real), synthetic: pick(synthetic), holdout: held };
    table.push({ label, ...(await compare(sides, multiply, createRandom(seed, 20 + i), seed)) });
  }
  await onProgress(names.length, names.length);
  return table;
}

async function compare(
  sides: { real: FeatureMatrix; synthetic: FeatureMatrix; holdout: FeatureMatrix | null },
  multiply: Multiply,
  random: Random,
  seed: number,
): Promise<Omit<Fidelity, 'label'>> {
  const { real, synthetic } = sides;
  const holdout = (sides.holdout?.rows ?? 0) >= LEAST_FOR_COVERAGE ? sides.holdout : null;
  const enough = real.rows > 1 && synthetic.rows > 1;
  const order = random.permutation(real.rows);
  const halves = [order.slice(0, real.rows >> 1), order.slice(real.rows >> 1)];
  const [first, second] = halves.map((rows) => pickRows(real, rows));
  return {
    numReal: real.rows,
    numSynthetic: synthetic.rows,
    kid: enough ? await kid(synthetic, real, holdout, multiply, seed) : null,
    prdc: await coverageOf(real, synthetic, multiply, random),
    realPrdc: holdout
      ? await coverageOf(real, holdout, multiply, random)
      : await coverageOf(first, second, multiply, random),
  };
}

/** Of equal numbers: the larger side is drawn from. */
async function coverageOf(
  real: FeatureMatrix,
  other: FeatureMatrix,
  multiply: Multiply,
  random: Random,
) {
  const n = Math.min(real.rows, other.rows);
  if (n < LEAST_FOR_COVERAGE) return null;
  const drawn = (set: FeatureMatrix) =>
    set.rows === n ? set : pickRows(set, random.permutation(set.rows).slice(0, n));
  return densityCoverage(drawn(real), drawn(other), multiply);
}

function rowsOf({ labels }: FeatureSet, label: string): number[] {
  return labels.flatMap((one, i) => (label === '' || one === label ? [i] : []));
}
