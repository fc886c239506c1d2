import { expect, test } from 'vitest';
import { assertFinite, toFloat32, toTensor } from '../../../src/diffusion/tensors';
import type { DType } from '../../../src/models/manifest/manifest';

const input = (dtype: DType, shape: (number | string)[]) => ({ name: 'x', dtype, shape });

test('numbers take the dtype the graph asks for', () => {
  const numbers = [2, 999, 3];
  expect(toTensor(input('int64', ['batch', 3]), [1, 3], numbers).data).toEqual(
    BigInt64Array.of(2n, 999n, 3n),
  );
  expect(toTensor(input('int32', ['batch', 3]), [1, 3], numbers).data).toEqual(
    Int32Array.of(2, 999, 3),
  );
  expect(toTensor(input('float32', ['batch', 3]), [1, 3], numbers).data).toEqual(
    Float32Array.of(2, 999, 3),
  );
});

test('one number fills batched, single and scalar timesteps', () => {
  expect(toTensor(input('float32', ['batch']), [2], 999)).toMatchObject({
    dims: [2],
    data: Float32Array.of(999, 999),
  });
  expect(toTensor(input('int64', [1]), [2], 999)).toMatchObject({ dims: [1] });
  expect(toTensor(input('float32', []), [2], 999)).toMatchObject({
    dims: [],
    data: Float32Array.of(999),
  });
});

test('a graph of another shape is named with both shapes', () => {
  expect(() => toTensor(input('float32', [2, 4]), [1, 4], [1, 2, 3, 4])).toThrow(
    expect.objectContaining({
      name: 'ModelUnsupported',
      message: expect.stringMatching(/"x" takes shape \[2, 4\].*\[1, 4\]/) as string,
    }),
  );
});

test('float16 has the bits IEEE 754 gives it, and comes back', () => {
  const numbers = [0, -0, 1, -2, 0.1, 65504, 65520, 6e-8, 2 ** -14, 1 + 2 ** -11, NaN];
  // NumPy: np.array(numbers, np.float16).view(np.uint16); a NaN may have other bits.
  const bits = [0, 0x8000, 0x3c00, 0xc000, 0x2e66, 0x7bff, 0x7c00, 0x0001, 0x0400, 0x3c00, 0x7e00];
  const half = toTensor(input('float16', [11]), [11], numbers);
  expect(Array.from(half.data as Uint16Array)).toEqual(bits);

  const back = toFloat32(half);
  expect(back[4]).toBeCloseTo(0.1, 4);
  expect([back[3], back[5], back[6], back[7]]).toEqual([-2, 65504, Infinity, 2 ** -24]);
  expect(back[10]).toBeNaN();
});

test('every float16 survives the way to float32 and back', () => {
  const all = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
  const numbers = toFloat32({ dtype: 'float16', dims: [all.length], data: all });
  expect(toTensor(input('float16', [all.length]), [all.length], numbers).data).toEqual(all);
});

test('a number that is none is an error, never a pixel', () => {
  expect(() => assertFinite(Float32Array.of(1, NaN), 'the latents')).toThrow(
    expect.objectContaining({ name: 'SelfTestFailed' }),
  );
});
