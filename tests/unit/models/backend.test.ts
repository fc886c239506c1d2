import { expect, test } from 'vitest';
import type { BackendChoice } from '../../../src/contract/request';
import { appError, type ErrorName } from '../../../src/errors';
import {
  missingRequirement,
  openBackend,
  type Environment,
} from '../../../src/models/runtime/backend';
import { createCpuFallback } from '../../../src/models/runtime/cpu-fallback';
import { wantedFeatures } from '../../../src/models/runtime/gpu-device';

const cpuOnly: Environment = { gpu: undefined, crossOriginIsolated: true, hardwareConcurrency: 8 };

/** A GPU of three lines: one adapter, whose device never answers. */
function fakeGpu(isFallbackAdapter: boolean): GPU {
  const info = { isFallbackAdapter, description: 'RTX', vendor: '', architecture: '' };
  const device = { lost: new Promise(() => undefined), features: new Set(), limits: LIMITS };
  const requestDevice = () =>
    Promise.resolve(Object.assign(new EventTarget(), device, { destroy: () => undefined }));
  const adapter = { info, features: new Set(), limits: LIMITS, requestDevice };
  return { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
}
const LIMITS = { maxBufferSize: 1024, maxStorageBufferBindingSize: 512 };

test('auto takes a real GPU', async () => {
  const { report, gpu } = await openBackend('auto', { ...cpuOnly, gpu: fakeGpu(false) });
  expect(report).toEqual({ backend: 'webgpu', device: 'RTX', reason: { kind: 'fastest' } });
  expect(gpu?.lost).toBe(false);
});

test('auto takes the CPU over a software adapter, and says why', async () => {
  const { report } = await openBackend('auto', { ...cpuOnly, gpu: fakeGpu(true) });
  const reason = { kind: 'noAdapter' };
  expect(report).toEqual({ backend: 'wasm', device: '4 threads', reason });
});

test('auto without WebGPU is the CPU, and says why', async () => {
  const { report } = await openBackend('auto', cpuOnly);
  expect(report).toMatchObject({ backend: 'wasm', reason: { kind: 'noWebGpu' } });
});

test('WebGPU that was asked for takes a software adapter', async () => {
  const { report } = await openBackend('webgpu', { ...cpuOnly, gpu: fakeGpu(true) });
  expect(report).toMatchObject({ backend: 'webgpu', device: 'RTX (software)' });
});

test('WebGPU that was asked for and is not there is a named error', async () => {
  await expect(openBackend('webgpu', cpuOnly)).rejects.toMatchObject({ name: 'NoWebGpu' });
  const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await expect(openBackend('webgpu', { ...cpuOnly, gpu })).rejects.toMatchObject({
    name: 'NoAdapter',
  });
});

test('threads need cross-origin isolation, and there are never more than cores', async () => {
  const threads = async (environment: Partial<Environment>) =>
    (await openBackend('wasm', { ...cpuOnly, ...environment })).numThreads;
  expect(await threads({})).toBe(4);
  expect(await threads({ hardwareConcurrency: 2 })).toBe(2);
  expect(await threads({ crossOriginIsolated: false })).toBe(1);
});

test('subgroups are left out on software adapters only', () => {
  const features = new Set(['shader-f16', 'subgroups']) as unknown as GPUSupportedFeatures;
  const on = (isFallbackAdapter: boolean) =>
    wantedFeatures({ features, info: { isFallbackAdapter } as GPUAdapterInfo });
  expect(on(true)).toEqual(['shader-f16']);
  expect(on(false)).toEqual(['shader-f16', 'subgroups']);
});

test('what a device lacks is named', async () => {
  const backend = await openBackend('webgpu', { ...cpuOnly, gpu: fakeGpu(false) });
  const needs = { features: [], maxBufferBytes: 512, peakMemoryBytes: 0 };
  expect(missingRequirement(backend, needs)).toBeNull();
  expect(missingRequirement(backend, { ...needs, features: ['shader-f16'] })).toEqual({
    features: ['shader-f16'],
  });
  expect(missingRequirement(backend, { ...needs, maxBufferBytes: 513 })).toEqual({
    bufferBytes: 513,
    hasBytes: 512,
  });
});

test('a GPU whose driver opens no device, or that cannot do the work, is reported as such', async () => {
  const adapter = { info: {}, features: new Set(), limits: LIMITS };
  const requestDevice = () => Promise.reject(new Error('no device'));
  const gpu = { requestAdapter: async () => ({ ...adapter, requestDevice }) } as unknown as GPU;
  const { report } = await openBackend('auto', { ...cpuOnly, gpu });
  expect(report).toMatchObject({ backend: 'wasm', reason: { kind: 'deviceRefused' } });

  const after = (name: ErrorName, choice: BackendChoice = 'auto') =>
    createCpuFallback().after(appError(name, 'It failed.'), choice).reason;
  expect(after('SelfTestFailed', 'webgpu')).toEqual({ kind: 'wrongNumbers' });
  expect(after('OutOfMemory')).toEqual({ kind: 'cannotRun' });
  expect(after('ModelUnsupported')).toEqual({ kind: 'cannotRun' });
  expect(after('RuntimeFailed')).toEqual({ kind: 'stopped' });
  expect(after('RuntimeFailed', 'webgpu')).toBeNull();
  expect(after('DeviceLost')).toBeNull();
});
