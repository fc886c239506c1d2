import type { FactorArray } from '../../contract/request';
import type { LayerFactors } from './adapter';

/** A layer's weight: [out, in · kernel], row-major, and the sizes behind it. */
export interface LayerMatrix {
  data: Float32Array<ArrayBuffer>;
  /** Output channels. */
  rows: number;
  /** Input channels times `kernel`. */
  columns: number;
  /** Positions of a convolution's kernel; 1 for a linear layer. */
  kernel: number;
}

/**
 * W + strength · (W′ − W), in place, where W′ is what the adapter makes of the weight. False where the factors are of another
 * layer's size, or halves of pairs.
 */
export function changeWeight(
  weight: LayerMatrix,
  factors: LayerFactors,
  strength: number,
): boolean {
  const change = changeOf(weight, factors);
  if (change?.length !== weight.data.length) return false;
  const { data, rows, columns, kernel } = weight;
  const { magnitude, magnitude_in: ofInputs } = factors;
  if (!magnitude && !ofInputs) {
    for (let i = 0; i < data.length; i++) data[i] += strength * change[i];
    return true;
  }
  // What shares a length: the numbers of an output channel, or those of an input channel.
  const channelOf = magnitude
    ? (i: number) => Math.floor(i / columns)
    : (i: number) => Math.floor((i % columns) / kernel);
  const lengths = (magnitude ?? ofInputs)!.data;
  if (lengths.length !== (magnitude ? rows : columns / kernel)) return false;
  const squares = new Float64Array(lengths.length);
  for (let i = 0; i < data.length; i++) squares[channelOf(i)] += (data[i] + change[i]) ** 2;
  for (let i = 0; i < data.length; i++) {
    const channel = channelOf(i);
    // A channel of nothing stays nothing, whatever its length.
    const factor = lengths[channel] / (Math.sqrt(squares[channel]) || 1);
    data[i] += strength * (factor * (data[i] + change[i]) - data[i]);
  }
  return true;
}

/** The change of the weight without a magnitude; null where a factor is missing or does not fit the others. */
function changeOf({ rows, columns, kernel }: LayerMatrix, factors: LayerFactors) {
  const { down, up, mid, hada_w1_a, hada_w1_b, hada_w2_a, hada_w2_b } = factors;
  if (down && up) {
    const inner = mid ? throughMid(mid, down, columns, kernel) : down.data;
    return inner && product(up.data, inner, rows, columns);
  }
  if (hada_w1_a && hada_w1_b && hada_w2_a && hada_w2_b) {
    const one = product(hada_w1_a.data, hada_w1_b.data, rows, columns);
    const other = product(hada_w2_a.data, hada_w2_b.data, rows, columns);
    if (!one || !other) return null;
    for (let i = 0; i < one.length; i++) one[i] *= other[i];
    return one;
  }
  return kroneckerOf(factors, kernel);
}

/** a [rows, rank] · b [rank, columns]; null where the lengths have no common rank. */
function product(a: Float32Array, b: Float32Array, rows: number, columns: number) {
  const rank = a.length / rows;
  if (!Number.isInteger(rank) || b.length !== rank * columns) return null;
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const to = out.subarray(row * columns, (row + 1) * columns);
    for (let r = 0; r < rank; r++) {
      const x = a[row * rank + r];
      const from = r * columns;
      for (let i = 0; i < columns; i++) to[i] += x * b[from + i];
    }
  }
  return out;
}

/** mid [a, b, kernel] with down [b, in] put through it: [a, in · kernel]. */
function throughMid(mid: FactorArray, down: FactorArray, columns: number, kernel: number) {
  const [a, b] = mid.dims;
  const inputs = columns / kernel;
  if (mid.data.length !== a * b * kernel || down.data.length !== b * inputs) return null;
  const out = new Float32Array(a * columns);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < kernel; k++) {
        const x = mid.data[(i * b + j) * kernel + k];
        for (let c = 0; c < inputs; c++) {
          out[i * columns + c * kernel + k] += x * down.data[j * inputs + c];
        }
      }
    }
  }
  return out;
}

interface Side {
  data: Float32Array;
  rows: number;
  /** Input channels. */
  columns: number;
}

function kroneckerOf(factors: LayerFactors, kernel: number): Float32Array<ArrayBuffer> | null {
  const one = sideOf(factors.lokr_w1, factors.lokr_w1_a, factors.lokr_w1_b, 1);
  const other = sideOf(factors.lokr_w2, factors.lokr_w2_a, factors.lokr_w2_b, kernel);
  if (!one || !other) return null;
  const columns = one.columns * other.columns;
  const out = new Float32Array(one.rows * other.rows * columns * kernel);
  for (let i = 0; i < one.rows; i++) {
    for (let j = 0; j < one.columns; j++) {
      const x = one.data[i * one.columns + j];
      for (let r = 0; r < other.rows; r++) {
        const to = ((i * other.rows + r) * columns + j * other.columns) * kernel;
        const from = r * other.columns * kernel;
        for (let c = 0; c < other.columns * kernel; c++) out[to + c] = x * other.data[from + c];
      }
    }
  }
  return out;
}

/** One side of a Kronecker product, whole or of two factors, with its last axis the kernel's. */
function sideOf(
  whole: FactorArray | undefined,
  a: FactorArray | undefined,
  b: FactorArray | undefined,
  kernel: number,
): Side | null {
  if (whole) {
    const [rows] = whole.dims;
    return { data: whole.data, rows, columns: whole.data.length / rows / kernel };
  }
  if (!a || !b) return null;
  const [rows, wide] = [a.dims[0], b.data.length / b.dims[0]];
  const data = product(a.data, b.data, rows, wide);
  return data && { data, rows, columns: wide / kernel };
}
