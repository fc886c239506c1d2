import { appError } from '../errors';
import { fromFloat16, toFloat16 } from '../models/runtime/float16';
import type { GraphValue } from '../models/manifest/manifest';
import type { TensorData } from '../models/runtime/session-types';

/**
 * Numbers as the tensor a graph input asks for. `dims` is their shape; a fixed dimension of the graph wins over it,
 * so that timestep [batch] also fits graphs that take a scalar or [1]. A single number fills the whole tensor.
 */
export function toTensor(
  { name, dtype, shape }: GraphValue,
  dims: readonly number[],
  numbers: Float32Array | readonly number[] | number,
): TensorData {
  const actual = shape.map((size, i) => (typeof size === 'number' ? size : (dims[i] ?? 1)));
  const count = actual.reduce((product, size) => product * size, 1);
  const values = typeof numbers === 'number' ? new Float32Array(count).fill(numbers) : numbers;
  if (values.length !== count) {
    throw appError(
      'ModelUnsupported',
      `The graph input "${name}" takes shape [${shape.join(', ')}], and the pipeline has ` +
        `[${dims.join(', ')}] for it. Correct the input's shape in the model manifest, or use ` +
        'an export with a free batch dimension.',
    );
  }
  return { dtype, dims: actual, data: toDtype(values, dtype, name) };
}

function toDtype(
  values: Float32Array | readonly number[],
  dtype: GraphValue['dtype'],
  name: string,
): TensorData['data'] {
  switch (dtype) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'float16':
      return Uint16Array.from(values, toFloat16);
    case 'int32':
      return Int32Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, (x) => BigInt(Math.trunc(x))));
    default:
      throw appError(
        'ModelUnsupported',
        `The graph input "${name}" is ${dtype}; expected float32, float16, int32 or int64. ` +
          'Export the model with one of these inputs.',
      );
  }
}

/** Rows of a row-major array with `batch` rows, in this order; a row may come twice. */
export function selectRows(values: Float32Array, batch: number, rows: number[]): Float32Array {
  if (rows.length === batch && rows.every((row, i) => row === i)) return values;
  const length = values.length / batch;
  return joinRows(rows.map((row) => values.subarray(row * length, (row + 1) * length)));
}

/** One array after the other. */
export function joinRows(rows: Float32Array[]): Float32Array {
  if (rows.length === 1) return rows[0];
  const joined = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let offset = 0;
  for (const row of rows) {
    joined.set(row, offset);
    offset += row.length;
  }
  return joined;
}

/** The numbers of a graph output as float32, whatever its dtype. */
export function toFloat32({ dtype, data }: TensorData): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === 'float16') return Float32Array.from(data as Uint16Array, fromFloat16);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

/** Fails where a number is no number: overflow in a 16-bit layer must not become a black picture. */
export function assertFinite(values: Float32Array, what: string) {
  const index = values.findIndex((x) => !Number.isFinite(x));
  if (index >= 0) throw wrongNumber(what, `${values[index]} at ${index}`);
}

/** The error for numbers that are none, wherever they were found. */
export function wrongNumber(what: string, found = 'infinity or no number'): Error {
  return appError(
    'SelfTestFailed',
    `The model computed a wrong number on this device: ${what} hold ${found}, ` +
      'expected finite numbers. Choose the wasm backend, or another model.',
  );
}
