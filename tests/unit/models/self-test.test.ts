import { expect, test } from 'vitest';
import { fromFloat16 } from '../../../src/models/runtime/float16';
import type { Component } from '../../../src/models/manifest/manifest';
import { runSelfTest, selfTestInputs } from '../../../src/models/runtime/self-test';
import type { ModelSession, TensorData } from '../../../src/models/runtime/session-types';

const file = { name: 'g', bytes: 1, shards: [] };
const component: Component = {
  graph: file,
  weights: [],
  inputs: {
    latents: { name: 'x', dtype: 'float32', shape: ['batch', 2, 2] },
    halves: { name: 'h', dtype: 'float16', shape: [3] },
    inputIds: { name: 'ids', dtype: 'int64', shape: ['batch', 60] },
    timestep: { name: 't', dtype: 'float32', shape: ['batch'] },
    covariatesPresent: { name: 'p', dtype: 'float32', shape: ['batch', 2] },
  },
  outputs: { noisePred: { name: 'y', dtype: 'float32', shape: ['batch', 2] } },
  selfTest: { values: [1, 2], tolerance: { float32: 1e-3, float16: 1e-2 } },
};

function answering(data: TensorData['data'], dtype: TensorData['dtype'] = 'float32'): ModelSession {
  const run = () => Promise.resolve({ y: { dtype, dims: [1, data.length], data } });
  return { run, inputNames: [], release: () => Promise.resolve() };
}

test('the fixed inputs are the ones the exporter makes', () => {
  const inputs = selfTestInputs(component);
  // (7919·i + 13) mod 1000: 13, 932, 851, 770.
  expect(inputs.x).toEqual({
    dtype: 'float32',
    dims: [1, 2, 2],
    data: Float32Array.of(-0.487, 0.432, 0.351, 0.27),
  });
  expect(Array.from(inputs.h.data as Uint16Array, fromFloat16)[1]).toBeCloseTo(0.432, 3);
  expect(inputs.ids.data[49]).toBe(49n);
  expect(inputs.ids.data[50]).toBe(0n);
  expect(inputs.t.data).toEqual(Float32Array.of(500));
  expect(inputs.p.data).toEqual(Float32Array.of(1, 1));
});

test('a free dimension besides the batch is refused', () => {
  const inputs = { x: { name: 'x', dtype: 'float32' as const, shape: ['batch', 'height'] } };
  expect(() => selfTestInputs({ ...component, inputs })).toThrow('free dimension "height"');
});

test('a prompt of any number of tokens is tested with one', () => {
  const promptEmbeds = { name: 'e', dtype: 'float32' as const, shape: ['batch', 'tokens', 2] };
  const { e } = selfTestInputs({ ...component, inputs: { promptEmbeds } });
  expect(e.dims).toEqual([1, 1, 2]);
});

test('an answer within the tolerance passes', async () => {
  const session = answering(Float32Array.of(1.0009, 1.9991, 77));
  await expect(runSelfTest('unet', component, session)).resolves.toBeUndefined();
});

test.each([
  ['off', Float32Array.of(1, 2.002)],
  ['zeros', Float32Array.of(0, 0)],
  ['no number', Float32Array.of(NaN, 2)],
  ['too short', Float32Array.of(1)],
])('an answer that is %s is SelfTestFailed', async (_, data) => {
  await expect(runSelfTest('unet', component, answering(data))).rejects.toMatchObject({
    name: 'SelfTestFailed',
  });
});

test('a float16 answer has the float16 tolerance', async () => {
  const half = structuredClone(component);
  half.outputs.noisePred.dtype = 'float16';
  // 0x3c05 is 1 + 5/1024 = 1.0049, 0x4000 is 2.
  const session = answering(Uint16Array.of(0x3c05, 0x4000), 'float16');
  await expect(runSelfTest('unet', half, session)).resolves.toBeUndefined();
});
