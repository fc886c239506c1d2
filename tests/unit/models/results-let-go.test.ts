import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import type { Backend } from '../../../src/models/runtime/backend.ts';
import { openGpuDevice } from '../../../src/models/runtime/gpu-device.ts';

const LENGTH = 1000;

class Tensor {
  type = 'float32';
  dims = [LENGTH];
  data = new Float32Array(LENGTH);
}
const ort = {
  env: { wasm: {} },
  Tensor,
  InferenceSession: {
    create: async () => ({
      inputNames: ['x'],
      inputMetadata: [],
      run: async () => ({ y: new Tensor() }),
      release: async () => undefined,
    }),
  },
};
vi.mock('onnxruntime-web/webgpu', () => ort);
vi.mock('../../../src/models/runtime/runtime.ts', () => ({
  chooseBuild: () => 'asyncify',
  RUNTIME_BUILDS: { asyncify: { mjsUrl: 'a.mjs', wasmGzUrl: 'a.wasm' } },
  unpackWasm: async () => 'blob:a',
}));

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A device that is never lost, as in a visit without mishaps. */
function fakeGpu(): GPU {
  const device = Object.assign(new EventTarget(), {
    lost: new Promise(() => undefined),
    pushErrorScope: () => undefined,
    popErrorScope: async () => null,
    features: new Set(),
    destroy: () => undefined,
  });
  const adapter = {
    ...{ features: new Set(), limits: {}, info: { vendor: 'none', isFallbackAdapter: false } },
    requestDevice: async () => device,
  };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

test('results of a GPU session that nobody keeps are let go while the device lives', async () => {
  vi.stubGlobal('location', { href: 'http://localhost/' });
  const { openSession } = await import('../../../src/models/runtime/session.ts');
  const gpu = await openGpuDevice(fakeGpu(), { allowFallback: false });
  const backend = { gpu, numThreads: 1, report: {} } as unknown as Backend;
  const session = await openSession({ graph: new Blob(['graph']), weights: [] }, backend);

  const results: WeakRef<object>[] = [];
  for (let i = 0; i < 100; i++) {
    const { y } = await session.run({});
    results.push(new WeakRef(y.data));
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  collectGarbage();
  // The last one may still be in a register of this very function.
  expect(results.filter((result) => result.deref()).length).toBeLessThanOrEqual(1);
  expect(gpu.lost).toBe(false);
});
