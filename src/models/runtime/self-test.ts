import { appError } from '../../errors';
import { fromFloat16, toFloat16 } from './float16';
import type { Component, DType, GraphValue } from '../manifest/manifest';
import type { ModelSession, TensorData } from './session-types';

/** Roles whose inputs say "yes, it is given". */
const PRESENCE_ROLES = ['covariatesPresent', 'maskPresent'];
const TIMESTEP = 500;

/**
 * Fixed inputs of one row, keyed by the graph's own names; training/export/export.py makes the same. Element i is
 * ((7919·i + 13) mod 1000) / 1000 − 0.5 in float inputs and i mod 50 in integer inputs; timesteps are 500,
 * presence flags 1.
 */
export function selfTestInputs(component: Component): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(component.inputs).map(([role, value]) => {
      const dims = value.shape.map((size, axis) => fixedSize(role, value, size, axis));
      const length = dims.reduce((product, size) => product * size, 1);
      const numbers = Float64Array.from({ length }, (_, i) => element(role, value.dtype, i));
      return [value.name, { dtype: value.dtype, dims, data: toDtype(numbers, value.dtype) }];
    }),
  );
}

/**
 * Runs the fixed inputs and compares with the stored answer; `SelfTestFailed` when it is further off than allowed. `half`:
 * it computes in float16, whatever its output is.
 */
export async function runSelfTest(
  name: string,
  component: Component,
  session: ModelSession,
  half = false,
) {
  const { selfTest } = component;
  if (!selfTest) return;
  const results = await session.run(selfTestInputs(component));
  const [output] = Object.values(component.outputs);
  const result = results[output.name];
  const inHalf = half || output.dtype === 'float16';
  const tolerance = selfTest.tolerance[inHalf ? 'float16' : 'float32'];
  const actual = readNumbers(result, selfTest.values.length);
  const deviation = selfTest.values.reduce(
    (largest, expected, i) => maxOrNaN(largest, Math.abs(actual[i] - expected)),
    0,
  );
  if (deviation <= tolerance) return;
  throw appError(
    'SelfTestFailed',
    `This device computes wrong numbers: the ${name} is off by ${deviation.toPrecision(3)} (expected at ` +
      `most ${tolerance}). Update the browser or the graphics driver, or choose another backend.`,
  );
}

/** Only the first dimension, the batch, may be free, and the tokens of a prompt. */
function fixedSize(role: string, value: GraphValue, size: number | string, axis: number): number {
  if (typeof size === 'number') return size;
  if (axis === 0 || (axis === 1 && role === 'promptEmbeds')) return 1;
  throw appError(
    'ManifestInvalid',
    `The input ${value.name} has a free dimension "${size}" at ${axis}, so it cannot be self-tested ` +
      '(expected a number there). State its size in the manifest or leave selfTest out.',
  );
}

function element(role: string, dtype: DType, i: number): number {
  if (role === 'timestep') return TIMESTEP;
  if (PRESENCE_ROLES.includes(role)) return 1;
  return dtype.startsWith('float') ? ((i * 7919 + 13) % 1000) / 1000 - 0.5 : i % 50;
}

function toDtype(numbers: Float64Array, dtype: DType): TensorData['data'] {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(numbers);
    case 'float16':
      return Uint16Array.from(numbers, toFloat16);
    case 'int32':
      return Int32Array.from(numbers);
    case 'int64':
      return BigInt64Array.from(Array.from(numbers, BigInt));
    case 'int8':
      return Int8Array.from(numbers);
    case 'uint8':
      return Uint8Array.from(numbers);
  }
}

function readNumbers({ dtype, data }: TensorData, count: number): number[] {
  const numbers = Array.from(data.slice(0, count), Number);
  return dtype === 'float16' ? numbers.map(fromFloat16) : numbers;
}

/** A missing or not-a-number answer must fail every comparison that follows. */
function maxOrNaN(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b);
}
