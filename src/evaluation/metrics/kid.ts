import { appError } from '../../errors';
import { forEachProductRow, pickRows, type FeatureMatrix, type Multiply } from './feature-matrix';
import { interval, type Estimate } from './percentile';
import { createRandom, type Random } from './random';

/** Kernel sums of two samples, each cut into blocks: enough to resample blocks without a kernel again. */
interface BlockSums {
  /** [blocks of x, blocks of y], row-major. */
  sums: Float64Array;
  /** Images of each block. */
  sizesX: number[];
  sizesY: number[];
}

/** KID with its 95 % interval, and what real images measure against real ones. */
export interface Kid extends Estimate {
  floor: number;
  /** What real against real stays below in 95 % of random halves; null where a held-out set is the floor. */
  floorHigh: number | null;
}

const MAX_BLOCKS = 100;
const DRAWS = 1000;

/**
 * Kernel Inception Distance: the unbiased squared maximum mean discrepancy with k(a, b) = (a·b / d + 1)³. Bińkowski et
 * al. 2018, https://arxiv.org/abs/1801.01401, eq. 4. Its interval comes from 1,000 resamplings of up to 100 random
 * blocks of images (Efron and Tibshirani 1993, chapter 13); a pair of an image with itself never counts. May be
 * slightly negative. The floor is held-out against real, or one random half of the real images against the other.
 */
export async function kid(
  synthetic: FeatureMatrix,
  real: FeatureMatrix,
  holdout: FeatureMatrix | null,
  multiply: Multiply,
  seed = 0,
): Promise<Kid> {
  for (const [name, { rows }] of Object.entries({ synthetic, real })) {
    if (rows < 2) throw tooFew(name, rows);
  }
  const random = createRandom(seed, 1);
  const x = shuffled(synthetic, random);
  const y = shuffled(real, random);
  const xx = await blockSums(x, x, multiply);
  const yy = await blockSums(y, y, multiply);
  const xy = await blockSums(x, y, multiply);
  const draws = Array.from({ length: DRAWS }, () =>
    weightedMmd(xx, yy, xy, drawBlocks(xx.sizesX, random), drawBlocks(yy.sizesX, random)),
  );
  const value = weightedMmd(xx, yy, xy, ones(xx.sizesX), ones(yy.sizesX));
  const halves = splitHalves(yy, random);
  if (!holdout || holdout.rows < 2) return { ...interval(value, draws), ...halves };
  const z = shuffled(holdout, random);
  const zz = await blockSums(z, z, multiply);
  const zy = await blockSums(z, y, multiply);
  const floor = weightedMmd(zz, yy, zy, ones(zz.sizesX), ones(yy.sizesX));
  return { ...interval(value, draws), floor, floorHigh: null };
}

/** KID alone, without interval and floor. */
export async function polynomialMmd2(
  x: FeatureMatrix,
  y: FeatureMatrix,
  multiply: Multiply,
): Promise<number> {
  const xx = await blockSums(x, x, multiply);
  const yy = await blockSums(y, y, multiply);
  const xy = await blockSums(x, y, multiply);
  return weightedMmd(xx, yy, xy, ones(xx.sizesX), ones(yy.sizesX));
}

/** One half of the blocks against the other, once for the floor and 200 times for its reach. */
function splitHalves(yy: BlockSums, random: Random): { floor: number; floorHigh: number } {
  const halve = () => {
    const order = random.permutation(yy.sizesX.length);
    const inFirst = new Set(order.slice(0, Math.ceil(order.length / 2)));
    const first = yy.sizesX.map((_, i) => (inFirst.has(i) ? 1 : 0));
    const second = first.map((weight) => 1 - weight);
    return weightedMmd(yy, yy, yy, first, second);
  };
  const draws = Array.from({ length: 200 }, halve).filter(Number.isFinite);
  return { floor: draws[0] ?? NaN, floorHigh: interval(0, draws).high };
}

/** The squared MMD of a sample in which the images of block b are there weights[b] times. */
function weightedMmd(
  xx: BlockSums,
  yy: BlockSums,
  xy: BlockSums,
  weightsX: number[],
  weightsY: number[],
): number {
  const within =
    meanKernel(xx, weightsX, weightsX, true) + meanKernel(yy, weightsY, weightsY, true);
  return within - 2 * meanKernel(xy, weightsX, weightsY, false);
}

function meanKernel(
  { sums, sizesX, sizesY }: BlockSums,
  weightsX: number[],
  weightsY: number[],
  same: boolean,
): number {
  let total = 0;
  let pairs = 0;
  for (let i = 0; i < sizesX.length; i++) {
    if (weightsX[i] === 0) continue;
    for (let j = 0; j < sizesY.length; j++) {
      const weight = weightsX[i] * weightsY[j];
      total += weight * sums[i * sizesY.length + j];
      pairs += weight * (sizesX[i] * sizesY[j] - (same && i === j ? sizesX[i] : 0));
    }
  }
  return total / pairs;
}

async function blockSums(
  x: FeatureMatrix,
  y: FeatureMatrix,
  multiply: Multiply,
): Promise<BlockSums> {
  const [blocksX, blocksY] = [blockOf(x.rows), blockOf(y.rows)];
  const [sizesX, sizesY] = [countBlocks(blocksX), countBlocks(blocksY)];
  const sums = new Float64Array(sizesX.length * sizesY.length);
  await forEachProductRow(x, y, multiply, (i, products) => {
    const offset = blocksX[i] * sizesY.length;
    for (let j = 0; j < y.rows; j++) {
      if (x === y && i === j) continue;
      const base = products[j] / x.size + 1;
      sums[offset + blocksY[j]] += base * base * base;
    }
  });
  return { sums, sizesX, sizesY };
}

/** Block of each image: as many equal blocks as there may be. */
function blockOf(rows: number): number[] {
  const count = Math.min(MAX_BLOCKS, rows);
  return Array.from({ length: rows }, (_, i) => Math.floor((i * count) / rows));
}

function countBlocks(blocks: number[]): number[] {
  const sizes = new Array<number>((blocks.at(-1) ?? -1) + 1).fill(0);
  for (const block of blocks) sizes[block]++;
  return sizes;
}

/** How often each block is there in a sample of as many blocks, drawn with replacement. */
function drawBlocks(sizes: number[], random: Random): number[] {
  const weights = sizes.map(() => 0);
  for (let i = 0; i < sizes.length; i++) weights[random.integer(sizes.length)]++;
  return weights;
}

function ones(sizes: number[]): number[] {
  return sizes.map(() => 1);
}

function shuffled(matrix: FeatureMatrix, random: Random): FeatureMatrix {
  return pickRows(matrix, random.permutation(matrix.rows));
}

function tooFew(name: string, rows: number): Error {
  return appError(
    'RequestInvalid',
    `There are too few ${name} images to compare (expected at least 2, got ${rows}). Add images, then run it again.`,
  );
}
