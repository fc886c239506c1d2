/** The graph with fewer multiplications: where it is opened. */
import { beforeEach, expect, test, vi } from 'vitest';
import { createAdaptation } from '../../../src/diffusion/engine/adaptation';
import type { Component } from '../../../src/models/manifest/manifest';
import type { Backend } from '../../../src/models/runtime/backend';
import { openComponent } from '../../../src/models/runtime/open-component';
import { openSession, type GraphFiles } from '../../../src/models/runtime/session';
import { textFile, toyManifest } from './toy-manifest';

vi.mock('../../../src/models/runtime/session', () => ({ openSession: vi.fn() }));

const [toy] = toyManifest().models;
const component: Component = {
  ...toy.components.unet,
  cpuGraph: textFile('unet-cpu.onnx', 'fewer'),
  selfTest: undefined,
};
const loraGraph = textFile('unet-lora.onnx', 'factors');
const tiling = { ...toy, components: { ...toy.components, unet: component } };

const readFile = ({ name }: { name: string }) => Promise.resolve(new Blob([name]));

const report = { backend: 'wasm', device: '2 threads', reason: { kind: 'choseCpu' } } as const;
const cpu: Backend = { report, gpu: null, numThreads: 2 };
const gpu = { ...cpu, gpu: { lost: false } as unknown as Backend['gpu'] };

let opened: string[];

beforeEach(() => {
  opened = [];
  vi.mocked(openSession).mockImplementation(async ({ graph }: GraphFiles) => {
    opened.push(await graph.text());
    return { inputNames: [], run: () => Promise.resolve({}), release: () => Promise.resolve() };
  });
});

test('on the CPU, where it was asked for, the graph with fewer multiplications is opened', async () => {
  await openComponent('unet', component, readFile, cpu, { twin: 'cpuGraph' });
  await openComponent('unet', component, readFile, cpu);
  await openComponent('unet', component, readFile, gpu, { twin: 'cpuGraph' });
  await openComponent('unet', toy.components.unet, readFile, cpu, { twin: 'cpuGraph' });
  expect(opened).toEqual(['unet-cpu.onnx', ...Array<string>(3).fill('unet.onnx')]);
});

test.each([
  ['a model as it is', tiling, 'unet-cpu.onnx'],
  [
    'one whose UNet takes factors',
    { ...tiling, components: { ...tiling.components, unet: { ...component, loraGraph } } },
    'unet-cpu.onnx',
  ],
  [
    'one whose weights take what was learnt',
    { ...tiling, tokenizer: { ...toy.tokenizer, kind: 'clip' as const } },
    'unet.onnx',
  ],
])('of %s a part is opened by the right graph', async (_, entry, expected) => {
  const { createSession } = createAdaptation({
    entry,
    readFile,
    withFactors: true,
    backend: cpu,
    replay: false,
    twin: 'cpuGraph',
    onSelfTest: () => undefined,
  });
  await createSession('vaeDecoder', component);
  expect(opened).toEqual([expected]);
});
