import { expect, test } from 'vitest';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { fixedTensors } from '../../../src/models/runtime/graph-capture';
import manifest from '../../fixtures/tiny-model/model-manifest.json';

const [entry] = manifest.models as unknown as DiffusionEntry[];
const { unet } = entry.components;

test('a graph that may get two rows has a free dimension, and is not recorded', () => {
  expect(fixedTensors(unet)).toBeUndefined();
});

test('a graph of which a run takes one row is recorded with its batch set to one', () => {
  const fixed = fixedTensors({ ...unet, maxBatch: 1 })!;
  expect(fixed.free).toEqual({ batch: 1 });
  expect(fixed.inputs.find(({ name }) => name === 'latents')!.dims).toEqual([1, 16, 4, 4]);
});

test('another free dimension is left alone', () => {
  const { promptEmbeds } = unet.inputs;
  const inputs = { ...unet.inputs, promptEmbeds: { ...promptEmbeds, shape: ['batch', 'n', 32] } };
  expect(fixedTensors({ ...unet, inputs, maxBatch: 1 })).toBeUndefined();
});
