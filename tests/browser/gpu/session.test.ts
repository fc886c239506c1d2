import { afterEach, beforeAll, expect, test } from 'vitest';
import { openBackend, type Backend } from '../../../src/models/runtime/backend';
import type { Component, ModelFile } from '../../../src/models/manifest/manifest';
import { openComponent } from '../../../src/models/runtime/open-component';
import { openSession, type GraphFiles } from '../../../src/models/runtime/session';
import answer from '../../fixtures/sigmoid.json';

// y = sigmoid(x · w), made by tests/fixtures/make_sigmoid.py.
let files: GraphFiles;
const opened: Backend[] = [];

beforeAll(async () => {
  const read = async (name: string) =>
    (await fetch(new URL(`../../fixtures/${name}`, import.meta.url))).blob();
  const weights = [{ name: 'sigmoid.data', blob: await read('sigmoid.data') }];
  files = { graph: await read('sigmoid.onnx'), weights };
});

afterEach(() => opened.splice(0).forEach(({ gpu }) => gpu?.destroy()));

async function backendOf(choice: 'webgpu' | 'wasm'): Promise<Backend> {
  const backend = await openBackend(choice);
  opened.push(backend);
  return backend;
}

function feeds() {
  const data = Float32Array.from({ length: 16 }, (_, i) => ((i * 7919 + 13) % 1000) / 1000 - 0.5);
  return { x: { dtype: 'float32' as const, dims: [1, 16], data } };
}

function largestDeviation(data: ArrayLike<unknown>): number {
  return Math.max(...answer.values.map((value, i) => Math.abs(Number(data[i]) - value)));
}

test.each(['wasm', 'webgpu'] as const)(
  'a graph with external weights runs on %s',
  async (choice) => {
    const session = await openSession(files, await backendOf(choice));
    expect(session.inputNames).toEqual(['x']);
    const { y } = await session.run(feeds());
    expect(y).toMatchObject({ dtype: 'float32', dims: [1, 16] });
    // float32 sums of 16 products.
    expect(largestDeviation(y.data as Float32Array)).toBeLessThan(1e-5);
    await session.release();
  },
);

/** Counts how often all of it is asked for. */
class WatchedBlob extends Blob {
  numWhole = 0;

  override arrayBuffer() {
    this.numWhole++;
    return super.arrayBuffer();
  }
}

/** Says to be of 257 MiB, which nothing may read at once. */
class LargeBlob extends WatchedBlob {
  override get size() {
    return 257 * 2 ** 20;
  }
}

test.each([
  ['small', WatchedBlob, 1],
  ['large', LargeBlob, 0],
] as const)('%s weights are read whole as often as they should', async (_, Kind, times) => {
  const weights = files.weights.map(({ name, blob }) => ({ name, blob: new Kind([blob]) }));
  const session = await openSession({ ...files, weights }, await backendOf('wasm'));
  expect(weights.map(({ blob }) => blob.numWhole)).toEqual([times]);
  expect(largestDeviation((await session.run(feeds())).y.data)).toBeLessThan(1e-5);
  await session.release();
});

test('a software adapter has no subgroups, and the limits of its adapter', async () => {
  const { gpu } = await backendOf('webgpu');
  const adapter = (await navigator.gpu.requestAdapter())!;
  expect(adapter.info.isFallbackAdapter).toBe(true);
  expect(gpu!.device.features.has('subgroups')).toBe(false);
  expect(gpu!.device.limits.maxBufferSize).toBe(adapter.limits.maxBufferSize);
});

test('a device destroyed in mid-run is DeviceLost, and a new device works', async () => {
  const backend = await backendOf('webgpu');
  const session = await openSession(files, backend);
  await session.run(feeds());
  const running = session.run(feeds());
  backend.gpu!.lose();
  await expect(running).rejects.toMatchObject({ name: 'DeviceLost' });
  await expect(session.run(feeds())).rejects.toMatchObject({ name: 'DeviceLost' });
  await session.release();

  const again = await openSession(files, await backendOf('webgpu'));
  expect(largestDeviation((await again.run(feeds())).y.data)).toBeLessThan(1e-5);
  await again.release();
});

test('a device that the browser takes away is noticed without being told', async () => {
  const backend = await backendOf('webgpu');
  const session = await openSession(files, backend);
  const running = session.run(feeds());
  backend.gpu!.device.destroy(); // not by us: neither lose() nor destroy()
  await expect(running).rejects.toMatchObject({ name: 'DeviceLost' });
  await session.release();
});

test('destroying our own device is no loss', async () => {
  const backend = await backendOf('webgpu');
  backend.gpu!.destroy();
  await backend.gpu!.device.lost;
  expect(backend.gpu!.lost).toBe(false);
});

test('a graph that is no graph is ModelUnsupported', async () => {
  const broken = { graph: new Blob(['not a graph']), weights: [] };
  await expect(openSession(broken, await backendOf('wasm'))).rejects.toMatchObject({
    name: 'ModelUnsupported',
  });
});

const file = (name: string): ModelFile => ({ name, bytes: 1, shards: [] });
const component: Component = {
  graph: file('sigmoid.onnx'),
  weights: [file('sigmoid.data')],
  inputs: { latents: { name: 'x', dtype: 'float32', shape: ['batch', 16] } },
  outputs: { noisePred: { name: 'y', dtype: 'float32', shape: ['batch', 16] } },
  selfTest: { values: answer.values, tolerance: { float32: 1e-5, float16: 1e-2 } },
};
const readFile = ({ name }: ModelFile) =>
  Promise.resolve(name === 'sigmoid.onnx' ? files.graph : files.weights[0].blob);

test.each(['wasm', 'webgpu'] as const)('a component passes its self-test on %s', async (choice) => {
  let selfTests = 0;
  const backend = await backendOf(choice);
  const session = await openComponent('unet', component, readFile, backend, {
    onSelfTest: () => selfTests++,
  });
  expect(selfTests).toBe(1);
  await session.release();
});

test('a component whose stored answer is another is SelfTestFailed', async () => {
  const broken = structuredClone(component);
  broken.selfTest!.values[3] += 0.01;
  const backend = await backendOf('wasm');
  await expect(openComponent('unet', broken, readFile, backend)).rejects.toMatchObject({
    name: 'SelfTestFailed',
  });
});

test.each(['wasm', 'webgpu'] as const)(
  'a graph with an operator that browsers lack is refused by the name of it on %s',
  async (choice) => {
    const graph = await (
      await fetch(new URL('../../fixtures/nhwc-conv.onnx', import.meta.url))
    ).blob();
    const opening = openSession({ graph, weights: [] }, await backendOf(choice));
    await expect(opening).rejects.toMatchObject({
      name: 'ModelUnsupported',
      message: expect.stringContaining('operator NhwcConv, which') as string,
    });
  },
);
