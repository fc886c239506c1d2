import { beforeEach, expect, test, vi } from 'vitest';
import { createAdaptation } from '../../../src/diffusion/engine/adaptation';
import { appError } from '../../../src/errors';
import type { Component } from '../../../src/models/manifest/manifest';
import type { Backend } from '../../../src/models/runtime/backend';
import { openComponent } from '../../../src/models/runtime/open-component';
import { openSession, type GraphFiles } from '../../../src/models/runtime/session';
import type { ModelSession } from '../../../src/models/runtime/session-types';
import { textFile, toyManifest } from './toy-manifest';

vi.mock('../../../src/models/runtime/session', () => ({ openSession: vi.fn() }));

const [toy] = toyManifest().models;
const component: Component = {
  ...toy.components.unet,
  halfGraph: textFile('unet-half.onnx', 'half'),
  selfTest: { values: [1, 2], tolerance: { float32: 0.001, float16: 0.1 } },
};

const readFile = ({ name }: { name: string }) => Promise.resolve(new Blob([name]));

function backend(...features: string[]): Backend {
  const gpu = {
    device: { features: new Set(features) },
    lost: false,
    tolerating: (work: () => unknown) => work(),
  };
  const report = { backend: 'webgpu', device: 'a GPU', reason: { kind: 'fastest' } } as const;
  return { report, gpu: gpu as unknown as Backend['gpu'], numThreads: 1 };
}

/** The graphs that were opened; those in float16 are off by `off`. */
function opening(off: number | Error) {
  const opened: string[] = [];
  const released: string[] = [];
  vi.mocked(openSession).mockImplementation(async ({ graph }: GraphFiles) => {
    const name = await graph.text();
    opened.push(name);
    const isHalf = name === 'unet-half.onnx';
    if (isHalf && off instanceof Error) throw off;
    const data = Float32Array.of(1 + (isHalf ? Number(off) : 0), 2);
    return {
      inputNames: ['x'],
      run: () => Promise.resolve({ y: { dtype: 'float32', dims: [1, 2], data } }),
      release: () => Promise.resolve(void released.push(name)),
    } satisfies ModelSession;
  });
  return { opened, released };
}

beforeEach(() => void vi.mocked(openSession).mockReset());

test('the graph in float16 is opened where it was asked for and the device has the arithmetic, and tested by its own tolerance', async () => {
  const { opened } = opening(0.05);
  const onHalf = vi.fn();
  const options = { twin: 'halfGraph' as const, onHalf };
  await openComponent('unet', component, readFile, backend('shader-f16'), options);
  await openComponent('unet', component, readFile, backend('subgroups'), options);
  await openComponent('unet', component, readFile, { ...backend(), gpu: null }, options);
  await openComponent('unet', toy.components.unet, readFile, backend('shader-f16'), options);
  await openComponent('unet', component, readFile, backend('shader-f16'));
  const untested = { ...component, selfTest: undefined };
  await openComponent('unet', untested, readFile, backend('shader-f16'), options);
  expect(opened).toEqual(['unet-half.onnx', ...Array<string>(5).fill('unet.onnx')]);
  expect(onHalf.mock.calls).toEqual([[true]]);
});

test.each([
  ['computes wrong numbers', 0.2],
  ['cannot be compiled', appError('RuntimeFailed', 'f16 is not known.')],
])('float32 is opened where the graph in float16 %s', async (_, off) => {
  const { opened, released } = opening(off);
  const onHalf = vi.fn();
  await openComponent('unet', component, readFile, backend('shader-f16'), {
    twin: 'halfGraph',
    onHalf,
  });
  expect(opened).toEqual(['unet-half.onnx', 'unet.onnx']);
  expect(released).toEqual(off instanceof Error ? [] : ['unet-half.onnx']);
  expect(onHalf.mock.calls).toEqual([[false]]);
});

test('a graph in float16 that fails a test that was put off is told of, and so is the error', async () => {
  opening(0.2);
  const tests: (() => Promise<void>)[] = [];
  const onHalf = vi.fn();
  const later = (test: () => Promise<void>) => void tests.push(test);
  await openComponent('unet', component, readFile, backend('shader-f16'), {
    twin: 'halfGraph',
    onHalf,
    later,
  });
  expect(onHalf.mock.calls).toEqual([[true]]);
  await expect(tests[0]()).rejects.toMatchObject({ name: 'SelfTestFailed' });
  expect(onHalf.mock.calls).toEqual([[true], [false]]);
});

test('a device that is lost meanwhile is no failure of float16', async () => {
  opening(appError('DeviceLost', 'It is gone.'));
  const onHalf = vi.fn();
  await expect(
    openComponent('unet', component, readFile, backend('shader-f16'), {
      twin: 'halfGraph',
      onHalf,
    }),
  ).rejects.toMatchObject({ name: 'DeviceLost' });
  expect(onHalf).not.toHaveBeenCalled();
});

const loraGraph = textFile('unet-lora.onnx', '');
const withFactors = {
  ...toy,
  components: { ...toy.components, unet: { ...component, loraGraph } },
};
const clip = { ...toy, tokenizer: { ...toy.tokenizer, kind: 'clip' as const } };

test.each([
  ['float16 where nothing is learnt on top', withFactors, false, 'unet-half.onnx'],
  ['float32 where its UNet takes factors', withFactors, true, 'unet.onnx'],
  ['float32 where its weights take what was learnt', clip, false, 'unet.onnx'],
])('a part of a model computes in %s', async (_, entry, learnt, expected) => {
  const { opened } = opening(0.05);
  const { createSession } = createAdaptation({
    entry,
    readFile,
    withFactors: learnt,
    backend: backend('shader-f16'),
    replay: false,
    twin: 'halfGraph',
    onSelfTest: () => undefined,
  });
  await createSession('vaeDecoder', component);
  expect(opened).toEqual([expected]);
});
