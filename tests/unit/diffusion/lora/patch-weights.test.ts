import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LoraChoice } from '../../../../src/contract/request';
import { patchWeights, type PatchedComponent } from '../../../../src/diffusion/lora/patch-weights';
import type { Component, ModelFile } from '../../../../src/models/manifest/manifest';
import { fromFloat16 } from '../../../../src/models/runtime/float16';
import { layerWeights } from '../../../../src/models/runtime/onnx-weights';
import expected from '../../../fixtures/stored-layers.json';

/** One layer of each kind of number: tests/fixtures/make_stored_layers.py. */
const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url)));
const files: Record<string, Uint8Array<ArrayBuffer>> = Object.fromEntries(
  ['stored-layers.onnx', 'stored-layers.data'].map((name) => [name, read(name)]),
);
const file = (name: string): ModelFile => ({ name, bytes: files[name].length, shards: [] });
const component: Component = {
  graph: file('stored-layers.onnx'),
  weights: [file('stored-layers.data')],
  ...{ inputs: {}, outputs: {} },
};
const readFile = ({ name }: ModelFile) => Promise.resolve(new Blob([files[name]]));

/** up · down of rank 1, all ones times `by`, for a layer of 4 rows. */
function adapter(module: string, columns: number, by = 0.25, strength = 1): LoraChoice {
  const factors = [
    {
      name: `lora.unet.${module}.down`,
      dims: [1, columns],
      data: new Float32Array(columns).fill(by),
    },
    { name: `lora.unet.${module}.up`, dims: [4, 1], data: new Float32Array(4).fill(1) },
  ];
  return { title: 'a file', factors, strength };
}

const bytesOf = async ({ read: found }: PatchedComponent, one: ModelFile) =>
  (await found(one)).arrayBuffer();

const layer = (module: string) =>
  layerWeights(files['stored-layers.onnx']).find((one) => one.module === module)!;

test('a graph tells where the weights of its layers lie, and under which names', () => {
  const found = layerWeights(files['stored-layers.onnx']);
  expect(
    found.map(({ module, stored, layout }) => [module, stored?.dtype ?? null, layout]),
  ).toEqual([
    ['conv', 'float16', 'out-in'],
    ['block.0.rounded', 'int8', 'in-out'],
    ['gemm', 'float32', 'out-in'],
    ['shifted', null, 'in-out'],
    ['layers.0.mlp.fc1', 'float32', 'in-out'],
  ]);
});

test('float16 weights are changed in their place, and nothing beside them', async () => {
  const patched = await patchWeights('unet', component, readFile, [adapter('conv', 27, 0.25, 0.5)]);
  const buffer = await bytesOf(patched, component.weights[0]);
  const { offset, bytes } = layer('conv').stored!;
  const weights = Array.from(new Uint16Array(buffer.slice(offset, offset + bytes)), fromFloat16);
  weights.forEach((x, i) => expect(x).toBeCloseTo(expected.conv[i] + 0.125, 2));
  const rest = (whole: ArrayBuffer) => [...new Uint8Array(whole).subarray(offset + bytes)];
  expect(rest(buffer)).toEqual(rest(files['stored-layers.data'].buffer));
  expect(await bytesOf(patched, component.graph)).toEqual(files['stored-layers.onnx'].buffer);
});

test('rounded weights get new scales with the change', async () => {
  const patched = await patchWeights('unet', component, readFile, [
    adapter('block.0.rounded', 6, 2),
  ]);
  const buffer = await bytesOf(patched, component.weights[0]);
  const { stored, scale } = layer('block.0.rounded');
  const cut = (one: NonNullable<typeof stored>) => buffer.slice(one.offset, one.offset + one.bytes);
  const [numbers, scales] = [new Int8Array(cut(stored!)), new Float32Array(cut(scale!))];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 6; column++) {
      const wanted = expected['block.0.rounded'][row * 6 + column] + 2;
      const found = numbers[column * 4 + row] * scales[row];
      expect(Math.abs(found - wanted)).toBeLessThanOrEqual(scales[row] / 2 + 1e-6);
    }
  }
});

test('a weight in the graph itself is changed there; several adapters add up', async () => {
  const adapters = [adapter('gemm', 6, 0.25), adapter('gemm', 6, 1, 0.5)];
  const patched = await patchWeights('unet', component, readFile, adapters);
  const buffer = await bytesOf(patched, component.graph);
  const { offset, bytes } = layer('gemm').stored!;
  const weights = new Float32Array(buffer.slice(offset, offset + bytes));
  weights.forEach((x, i) => expect(x).toBeCloseTo(expected.gemm[i] + 0.75, 5));
});

test.each([
  ['a layer that the graph has not', 'conv_9', 27, /the model has not 1 of its 1 layers, conv_9/],
  ['a layer of another size', 'gemm', 7, /the layer gemm is 4 × 6/],
  ['weights with a zero point', 'shifted', 6, /cannot be applied.*float16 or int8/],
])('%s is refused', async (_what, module, columns, why) => {
  const patching = patchWeights('unet', component, readFile, [adapter(module, columns)]);
  await expect(patching).rejects.toMatchObject({
    name: 'ModelUnsupported',
    message: expect.stringMatching(why) as string,
  });
});
