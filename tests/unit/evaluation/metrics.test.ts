import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { binomialInterval, trialsForPower } from '../../../src/evaluation/metrics/binomial';
import {
  accuracy,
  balancedAccuracy,
  calibrationError,
  macroAuroc,
  macroF1,
} from '../../../src/evaluation/metrics/classification';
import { densityCoverage } from '../../../src/evaluation/metrics/density-coverage';
import {
  fromRows,
  multiplyExactly,
  pickRows,
  type FeatureMatrix,
} from '../../../src/evaluation/metrics/feature-matrix';
import { fid } from '../../../src/evaluation/metrics/fid';
import { kid, polynomialMmd2 } from '../../../src/evaluation/metrics/kid';
import { msSsim } from '../../../src/evaluation/metrics/ms-ssim';
import { createRandom } from '../../../src/evaluation/metrics/random';

interface StoredMatrix {
  rows: number;
  size: number;
  values: number[];
}

/** By training/goldens/make_metric_goldens.py. */
const GOLDEN = JSON.parse(readFileSync('tests/fixtures/metrics.json', 'utf8')) as {
  x: StoredMatrix;
  y: StoredMatrix;
  kid: number;
  kidUnequal: number;
  fid: number;
  densityCoverage: [number, number];
  msSsim: { size: number; a: string; b: string; value: number };
  binomial: { k: number; n: number; low: number; high: number }[];
  power: { rate: number; trials: number }[];
  classification: { probabilities: number[]; labels: number[]; classes: number } & Record<
    'macroAuroc' | 'accuracy' | 'balancedAccuracy' | 'macroF1' | 'calibrationError',
    number
  >;
};

const matrix = ({ rows, size, values }: StoredMatrix): FeatureMatrix => ({
  rows,
  size,
  values: Float32Array.from(values),
});
const x = matrix(GOLDEN.x);
const y = matrix(GOLDEN.y);

function expectWithin(actual: number, expected: number, relative = 1e-6) {
  expect(Math.abs(actual - expected) / Math.abs(expected)).toBeLessThanOrEqual(relative);
}

/** Normal numbers around `centre` by the sum of twelve uniform ones. */
function cloud(rows: number, size: number, centre: number, stream: number): FeatureMatrix {
  const random = createRandom(5, stream);
  const normal = () =>
    Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b) - 6;
  return fromRows(
    Array.from({ length: rows }, () => Array.from({ length: size }, () => centre + normal())),
  );
}

/** As many of y as there are of x: torchmetrics and prdc compare equal numbers. */
const equal = pickRows(
  y,
  Array.from({ length: x.rows }, (_, i) => i),
);

test('KID equals that of torchmetrics, and of unequal numbers the unbiased estimate of NumPy', async () => {
  expectWithin(await polynomialMmd2(x, equal, multiplyExactly), GOLDEN.kid);
  expectWithin((await kid(x, equal, null, multiplyExactly)).value, GOLDEN.kid);
  expectWithin(await polynomialMmd2(x, y, multiplyExactly), GOLDEN.kidUnequal);
  expectWithin((await kid(x, y, null, multiplyExactly)).value, GOLDEN.kidUnequal);
});

test('FID equals that of torchmetrics', () => {
  expectWithin(fid(x, y), GOLDEN.fid);
});

test('density and coverage equal those of prdc', async () => {
  const { density, coverage } = await densityCoverage(equal, x, multiplyExactly);
  expectWithin(density, GOLDEN.densityCoverage[0]);
  expectWithin(coverage, GOLDEN.densityCoverage[1]);
});

test('MS-SSIM equals that of torchmetrics, and is 1 for a picture and itself', () => {
  const { size, a, b, value } = GOLDEN.msSsim;
  const plane = (bytes: string) => ({
    width: size,
    height: size,
    values: Float32Array.from(Buffer.from(bytes, 'base64'), (byte) => byte / 255),
  });
  // torchmetrics mirrors the border and counts a little of it at every scale; here only whole windows count.
  expectWithin(msSsim(plane(a), plane(b)), value, 1e-4);
  expectWithin(msSsim(plane(a), plane(a)), 1, 1e-9);
});

test.each(GOLDEN.binomial)('the exact interval of $k of $n is that of SciPy', (golden) => {
  const { low, high } = binomialInterval(golden.k, golden.n);
  expect(low).toBeCloseTo(golden.low, 9);
  expect(high).toBeCloseTo(golden.high, 9);
});

test.each(GOLDEN.power)('a rate of $rate needs $trials trials', ({ rate, trials }) => {
  expect(trialsForPower(rate)).toBe(trials);
});

test('AUROC, accuracies and F1 equal those of scikit-learn, calibration that of torchmetrics, ties included', () => {
  const golden = GOLDEN.classification;
  const predictions = {
    classes: golden.classes,
    probabilities: Float64Array.from(golden.probabilities),
    labels: golden.labels,
  };
  const metrics = { macroAuroc, accuracy, balancedAccuracy, macroF1, calibrationError };
  const once = golden.labels.map(() => 1);
  const thrice = golden.labels.map(() => 3);
  for (const [name, metric] of Object.entries(metrics)) {
    expectWithin(metric(predictions, once), golden[name as keyof typeof metrics]);
    expectWithin(metric(predictions, thrice), golden[name as keyof typeof metrics]);
  }
});

test('the KID of two samples of one distribution has 0 in its interval, of others not', async () => {
  const [a, b, far] = [cloud(120, 6, 0, 1), cloud(120, 6, 0, 2), cloud(120, 6, 1, 3)];
  const same = await kid(a, b, null, multiplyExactly);
  expect(same.low).toBeLessThan(0);
  expect(same.high).toBeGreaterThan(0);
  expect(same.value).toBeLessThan(same.floorHigh! * 2);
  const other = await kid(a, far, null, multiplyExactly);
  expect(other.low).toBeGreaterThan(0);
  expect(other.low).toBeGreaterThan(other.floorHigh!);
});

test(
  'the interval of KID is as wide as repeated samples scatter',
  { timeout: 60_000 },
  async () => {
    const values: number[] = [];
    const widths: number[] = [];
    for (let k = 0; k < 30; k++) {
      const found = await kid(
        cloud(60, 4, 0, 10 + k),
        cloud(60, 4, 0.7, 50 + k),
        null,
        multiplyExactly,
      );
      values.push(found.value);
      widths.push(found.high - found.low);
    }
    const average = values.reduce((a, b) => a + b) / 30;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - average) ** 2, 0) / 29);
    const width = widths.reduce((a, b) => a + b) / 30 / (2 * 1.96);
    // 30 repetitions know their own deviation to about 13 %.
    expect(width / deviation).toBeGreaterThan(0.7);
    expect(width / deviation).toBeLessThan(1.5);
  },
);

test('a held-out set becomes the floor', async () => {
  const held = cloud(40, 8, 0, 7);
  const { floor, floorHigh } = await kid(x, y, held, multiplyExactly);
  expectWithin(floor, await polynomialMmd2(held, y, multiplyExactly));
  expect(floorHigh).toBeNull();
});

test('identical sets are covered whole, disjoint ones not at all, a collapsed one hardly', async () => {
  const real = cloud(100, 6, 0, 1);
  const other = cloud(100, 6, 0, 2);
  const collapsed = pickRows(
    other,
    Array.from({ length: 100 }, (_, i) => i % 3),
  );
  expect((await densityCoverage(real, real, multiplyExactly)).coverage).toBe(1);
  expect((await densityCoverage(real, cloud(100, 6, 50, 3), multiplyExactly)).coverage).toBe(0);
  expect((await densityCoverage(real, other, multiplyExactly)).coverage).toBeGreaterThan(0.9);
  expect((await densityCoverage(real, collapsed, multiplyExactly)).coverage).toBeLessThan(0.3);
});

test('of identical sets KID and FID tell nothing apart, of disjoint ones both do', async () => {
  const real = cloud(100, 6, 0, 1);
  const same = await kid(real, real, null, multiplyExactly);
  // The unbiased estimate of equal sets lies below 0: only the diagonals are left out.
  expect(same.value).toBeLessThan(0);
  expect(Math.abs(fid(real, real))).toBeLessThan(1e-6);
  const far = cloud(100, 6, 50, 3);
  expect((await kid(far, real, null, multiplyExactly)).low).toBeGreaterThan(1);
  expect(fid(far, real)).toBeGreaterThan(0.9 * 6 * 50 ** 2);
});

test('one image is refused with what to do', async () => {
  await expect(kid(pickRows(x, [0]), y, null, multiplyExactly)).rejects.toThrow(
    /at least 2, got 1/,
  );
  await expect(densityCoverage(x, y, multiplyExactly)).rejects.toThrow(/equal numbers/);
});
