import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';
import { expect, test } from 'vitest';
import type { LoraChoice } from '../../../../src/contract/request';
import { patchWeights } from '../../../../src/diffusion/lora/patch-weights';
import type { Component, ModelFile } from '../../../../src/models/manifest/manifest';
import { layerWeights } from '../../../../src/models/runtime/onnx-weights';
import { unpackWeight } from '../../../../src/models/runtime/packed-weights';
import { layers, strength } from '../../../fixtures/packed-layers/layers.json';

// Layers of 4 and 8 bits, and what an adapter must come to: tests/fixtures/packed-layers/make_packed_layers.py.
const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/packed-layers/${name}`, import.meta.url)));
const files = { 'layers.onnx': read('layers.onnx'), 'layers.data': read('layers.data') };
const file = (name: keyof typeof files): ModelFile => ({
  name,
  bytes: files[name].length,
  shards: [],
});
const component: Component = {
  graph: file('layers.onnx'),
  weights: [file('layers.data')],
  ...{ inputs: {}, outputs: {} },
};
const readFile = ({ name }: ModelFile) => Promise.resolve(new Blob([files[name as 'layers.data']]));

type Name = keyof typeof layers;
const READ: Name[] = ['q', 'zeroed', 'eight'];

function adapter(...names: Name[]): LoraChoice {
  const factors = names.flatMap((name) => {
    const { rows, columns, down, up } = layers[name];
    return [
      { name: `lora.unet.${name}.down`, dims: [2, columns], data: Float32Array.from(down) },
      { name: `lora.unet.${name}.up`, dims: [rows, 2], data: Float32Array.from(up) },
    ];
  });
  return { title: 'a file', factors, strength };
}

/** What the graph answers with its files as `patched` reads them. */
async function answers({ component: made, read: readPatched }: Patched) {
  ort.env.wasm.numThreads = 1;
  const bytes = async (one: ModelFile) =>
    new Uint8Array(await (await readPatched(one)).arrayBuffer());
  const externalData = await Promise.all(
    made.weights.map(async (one) => ({ path: one.name, data: await bytes(one) })),
  );
  const session = await ort.InferenceSession.create(await bytes(made.graph), { externalData });
  const feeds = Object.entries(layers).map(([name, { x, columns }]) => {
    const numbers = Float32Array.from(x);
    return [`x_${name}`, new ort.Tensor('float32', numbers, [x.length / columns, columns])];
  });
  const found = await session.run(Object.fromEntries(feeds) as Record<string, ort.Tensor>);
  await session.release();
  return (name: Name) => Array.from(found[`${name}_out`].data as Float32Array);
}

type Patched = Awaited<ReturnType<typeof patchWeights>>;
const apart = (found: number[], wanted: number[]) =>
  Math.max(...found.map((x, i) => Math.abs(x - wanted[i])));

test('a packed weight is read as ONNX Runtime reads it', () => {
  for (const { module, packed } of layerWeights(files['layers.onnx'])) {
    if (!packed) continue;
    const bytesOf = ({ offset, bytes }: { offset: number; bytes: number }) =>
      files['layers.data'].slice(offset, offset + bytes);
    const { numbers, scales, zeros } = packed;
    const unpacked = unpackWeight(
      packed,
      bytesOf(numbers),
      new Float32Array(bytesOf(scales).buffer),
      zeros && bytesOf(zeros),
    );
    expect(apart([...unpacked], layers[module as Name].weight), module).toBeLessThan(1e-6);
  }
});

test('with an adapter layers of 4 and 8 bits multiply by what Python says, and others as before', async () => {
  const patched = await patchWeights('unet', component, readFile, [adapter('q', 'zeroed')]);
  const found = await answers(patched);
  // Two float32 engines, numbers up to 20.
  for (const name of ['q', 'zeroed'] as const) {
    expect(apart(found(name), layers[name].after), name).toBeLessThan(1e-4);
    expect(apart(layers[name].before, layers[name].after)).toBeGreaterThan(0.1);
  }
  expect(apart(found('eight'), layers.eight.before)).toBeLessThan(1e-4);
  const eight = await answers(await patchWeights('unet', component, readFile, [adapter(...READ)]));
  for (const name of READ) expect(apart(eight(name), layers[name].after), name).toBeLessThan(1e-4);
});

test('two adapters of one layer add up, and none leaves the files as they are', async () => {
  const half = { ...adapter('q'), strength: strength / 2 };
  const found = await answers(await patchWeights('unet', component, readFile, [half, half]));
  expect(apart(found('q'), layers.q.after)).toBeLessThan(1e-4);
  const none = await patchWeights('unet', component, readFile, []);
  expect(none.component).toBe(component);
  expect(await (await none.read(component.graph)).arrayBuffer()).toEqual(
    files['layers.onnx'].buffer,
  );
});

test('a layer with a bias of its own in the node is refused by name', async () => {
  await expect(
    patchWeights('unet', component, readFile, [adapter('q', 'biased')]),
  ).rejects.toMatchObject({
    name: 'ModelUnsupported',
    message: expect.stringMatching(/1 of its 2 layers, biased/) as string,
  });
});
