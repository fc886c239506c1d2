/** Features of several images: `values` is row-major [rows, size]. */
export interface FeatureMatrix {
  rows: number;
  size: number;
  values: Float32Array;
}

/** a·bᵀ, [a.rows, b.rows] row-major: in double precision here, in ONNX Runtime where there is much of it. */
export type Multiply = (
  a: FeatureMatrix,
  b: FeatureMatrix,
) => Promise<Float32Array | Float64Array> | Float64Array;

/** What one product may hold, in numbers: 32 MB of float32. */
const MAX_PRODUCT = 2 ** 23;

/** a·bᵀ in double precision. */
export const multiplyExactly: Multiply = (a, b) => {
  const product = new Float64Array(a.rows * b.rows);
  const { size } = a;
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += a.values[i * size + k] * b.values[j * size + k];
      product[i * b.rows + j] = sum;
    }
  }
  return product;
};

/** The rows named, in that order. */
export function pickRows({ size, values }: FeatureMatrix, rows: readonly number[]): FeatureMatrix {
  const picked = new Float32Array(rows.length * size);
  rows.forEach((row, i) => picked.set(values.subarray(row * size, (row + 1) * size), i * size));
  return { rows: rows.length, size, values: picked };
}

/** Vectors of one length as a matrix. */
export function fromRows(vectors: readonly ArrayLike<number>[]): FeatureMatrix {
  const size = vectors[0]?.length ?? 0;
  const values = new Float32Array(vectors.length * size);
  vectors.forEach((vector, i) => values.set(vector, i * size));
  return { rows: vectors.length, size, values };
}

/** Goes through a·bᵀ by stretches of rows, so that it is never in memory whole. */
export async function forEachProductRow(
  a: FeatureMatrix,
  b: FeatureMatrix,
  multiply: Multiply,
  onRow: (row: number, products: Float32Array | Float64Array) => void,
): Promise<void> {
  const step = Math.max(1, Math.min(512, Math.floor(MAX_PRODUCT / Math.max(1, b.rows))));
  for (let start = 0; start < a.rows; start += step) {
    const rows = Math.min(step, a.rows - start);
    const values = a.values.subarray(start * a.size, (start + rows) * a.size);
    const product = await multiply({ rows, size: a.size, values }, b);
    for (let i = 0; i < rows; i++) onRow(start + i, product.subarray(i * b.rows, (i + 1) * b.rows));
  }
}

/** Goes through the squared Euclidean distances from each row of a to all rows of b. */
export async function forEachDistanceRow(
  a: FeatureMatrix,
  b: FeatureMatrix,
  multiply: Multiply,
  onRow: (row: number, squared: Float64Array) => void,
): Promise<void> {
  const [lengthsA, lengthsB] = [squaredLengths(a), squaredLengths(b)];
  const squared = new Float64Array(b.rows);
  await forEachProductRow(a, b, multiply, (row, products) => {
    for (let j = 0; j < b.rows; j++) {
      squared[j] = Math.max(0, lengthsA[row] + lengthsB[j] - 2 * products[j]);
    }
    onRow(row, squared);
  });
}

function squaredLengths({ rows, size, values }: FeatureMatrix): Float64Array {
  const lengths = new Float64Array(rows);
  for (let i = 0; i < rows * size; i++) lengths[Math.floor(i / size)] += values[i] ** 2;
  return lengths;
}
