import { resample } from '../../image/model-input';

/** Side of a thumb in pixels. */
export const THUMB_SIDE = 64;

/** Added to a length, so that an even crop can be divided by its own. */
const TINY = 1e-6;

/** A small grey picture, [64 · 64]: what copies are looked for in. */
export type Thumb = Uint8Array;

/** Turned pictures that count as the same one: as it is, mirrored, upside down, both. */
export type Turn = 0 | 1 | 2 | 3;

/** Part of a picture, in shares of its side: `side` ≤ 1, `x` and `y` of its corner. */
export interface Crop {
  side: number;
  x: number;
  y: number;
}

/** Values [side · side] of any small square picture. */
export interface SquareMap {
  side: number;
  values: Float32Array;
}

/**
 * What is left of a thumb without its coarse shape, which all images of one kind share: thumb − Gaussian mean, `sigma` in
 * pixels; the edge pixel goes on beyond the edge.
 */
export function highPass(thumb: ArrayLike<number>, sigma: number): SquareMap {
  const side = THUMB_SIDE;
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const clamp = (at: number) => Math.min(side - 1, Math.max(0, at));
  const across = new Float32Array(side * side);
  const values = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++)
        sum += kernel[k + reach] * thumb[y * side + clamp(x + k)];
      across[y * side + x] = sum / total;
    }
  }
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++)
        sum += kernel[k + reach] * across[clamp(y + k) * side + x];
      values[y * side + x] = thumb[y * side + x] - sum / total;
    }
  }
  return { side, values };
}

/** Smaller, averaged. */
export function shrink({ side, values }: SquareMap, newSide: number): SquareMap {
  return { side: newSide, values: resample(values, side, side, newSide, newSide) };
}

/** Mirrored (bit 0) and upside down (bit 1). */
export function turned({ side, values }: SquareMap, turn: Turn): SquareMap {
  const result = new Float32Array(values.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const fromX = turn & 1 ? side - 1 - x : x;
      const fromY = turn & 2 ? side - 1 - y : y;
      result[y * side + x] = values[fromY * side + fromX];
    }
  }
  return { side, values: result };
}

/** A crop sampled at n × n places, bilinear, then with mean 0 and length 1, so that products are correlations. */
export function unitSample(map: SquareMap, crop: Crop, n: number): Float32Array {
  return normalize(sampleCrop(map, crop, n, new Float32Array(n * n)));
}

/**
 * Correlation of a unit sample [n · n] with a crop sampled at as many places, −1…1: the product with its unit sample, in one
 * pass. What is sampled is left in `scratch`, which is as long.
 */
export function correlationWith(
  unit: Float32Array,
  map: SquareMap,
  crop: Crop,
  scratch: Float32Array,
): number {
  sampleCrop(map, crop, Math.sqrt(unit.length), scratch);
  let [sum, square, product] = [0, 0, 0];
  for (let i = 0; i < unit.length; i++) {
    const value = scratch[i];
    sum += value;
    square += value * value;
    product += value * unit[i];
  }
  const variance = Math.max(0, square - (sum * sum) / unit.length);
  return product / (Math.sqrt(variance) + TINY);
}

function sampleCrop(
  { side, values }: SquareMap,
  { side: share, x, y }: Crop,
  n: number,
  sample: Float32Array,
): Float32Array {
  const columns = samplePlaces(x, share, side, n);
  const rows = samplePlaces(y, share, side, n);
  for (let row = 0; row < n; row++) {
    const top = side * rows.first[row];
    const below = side * rows.next[row];
    const dy = rows.part[row];
    for (let column = 0; column < n; column++) {
      const left = columns.first[column];
      const right = columns.next[column];
      const dx = columns.part[column];
      const upper = values[top + left] * (1 - dx) + values[top + right] * dx;
      const lower = values[below + left] * (1 - dx) + values[below + right] * dx;
      sample[row * n + column] = upper * (1 - dy) + lower * dy;
    }
  }
  return sample;
}

/** Of n places along one side of a crop: the pixels before and after each, and how far it is between them. */
function samplePlaces(start: number, share: number, side: number, n: number) {
  const [first, next, part] = [new Int32Array(n), new Int32Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const at = clampTo((start + ((i + 0.5) / n) * share) * side - 0.5, side - 1);
    first[i] = Math.floor(at);
    next[i] = Math.min(first[i] + 1, side - 1);
    part[i] = at - first[i];
  }
  return { first, next, part };
}

function clampTo(value: number, top: number): number {
  return value < 0 ? 0 : value > top ? top : value;
}

function normalize(sample: Float32Array): Float32Array {
  let sum = 0;
  for (const value of sample) sum += value;
  const mean = sum / sample.length;
  let square = 0;
  for (let i = 0; i < sample.length; i++) {
    sample[i] -= mean;
    square += sample[i] * sample[i];
  }
  const length = Math.sqrt(square) + TINY;
  for (let i = 0; i < sample.length; i++) sample[i] /= length;
  return sample;
}
