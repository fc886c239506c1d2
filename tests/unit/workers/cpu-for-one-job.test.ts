import { beforeEach, expect, test, vi } from 'vitest';
import type { BackendChoice, BackendReason } from '../../../src/contract/request';
import { createChecker } from '../../../src/evaluation/checker';
import { createInferenceEngine } from '../../../src/diffusion/engine/inference-engine';
import type { ModelAccess } from '../../../src/models/installed/model-access';
import { appError, type ErrorName } from '../../../src/errors';

/** What the GPU answers to the next loads; then it does what it is asked. */
let failures: ErrorName[] = [];

const entry = {
  id: 'toy',
  requirements: { features: [], maxBufferBytes: 0, peakMemoryBytes: 0 },
  tokenizer: { file: {}, config: {} },
  components: { unet: {} },
};
const access = {
  find: async () => ({ entry, baseUrl: null }),
  openStore: async () => ({ persistent: true }),
} as unknown as ModelAccess;
const gpu = { loss: null, destroy: () => undefined };

vi.mock('../../../src/models/runtime/backend', () => ({
  hasHalf: () => false,
  memoryIsShort: () => false,
  openBackendFor: async (_entry: unknown, choice: BackendChoice) =>
    choice === 'wasm'
      ? { gpu: null, report: { backend: 'wasm', reason: { kind: 'choseCpu' } } }
      : { gpu, report: { backend: 'webgpu', reason: { kind: 'fastest' } } },
  wasmBackend: (reason: BackendReason) => ({ gpu: null, report: { backend: 'wasm', reason } }),
}));
vi.mock('../../../src/models/runtime/runtime', () => ({
  chooseBuild: () => 'jspi',
  RUNTIME_BUILDS: { jspi: { wasmGzUrl: 'runtime.wasm.gz' } },
}));
vi.mock('../../../src/models/store/weight-store', () => ({
  isInstalled: async () => true,
  installRecord: async () => undefined,
  readModelFile: async () => new Blob(['{}']),
}));
vi.mock('../../../src/models/store/measure-files', () => ({
  measuredEntry: async (_store: unknown, one: unknown) => one,
}));
vi.mock('../../../src/models/manifest/load-manifest', () => ({ modelHash: async () => 'ab' }));
vi.mock('../../../src/models/runtime/open-component', () => ({ openComponent: undefined }));
vi.mock('../../../src/diffusion/load-model', () => ({
  loadModel: async ({ gpu: on }: { gpu: unknown }) => {
    const name = on ? failures.shift() : undefined;
    if (name) throw appError(name, 'It failed.');
    return { entry, release: async () => undefined };
  },
}));

beforeEach(() => void (failures = []));

/** The backends of so many jobs, one after the other. */
async function backends(choice: BackendChoice, count: number) {
  const engine = createInferenceEngine(access, createChecker(access));
  const job = { signal: new AbortController().signal, onProgress: () => undefined };
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const { backend, reason } = await engine.prepare('toy', choice, job);
    found.push(reason.kind === 'stopped' ? `${backend} this time` : backend);
  }
  return found;
}

test('a run that fails without a name moves to the CPU for that job only', async () => {
  failures = ['RuntimeFailed'];
  expect(await backends('auto', 3)).toEqual(['wasm this time', 'webgpu', 'webgpu']);
});

test('failures that are far apart never move the work to the CPU for good', async () => {
  const engine = createInferenceEngine(access, createChecker(access));
  const job = { signal: new AbortController().signal, onProgress: () => undefined };
  for (let i = 0; i < 5; i++) {
    failures = ['RuntimeFailed'];
    expect((await engine.prepare('toy', 'auto', job)).backend).toBe('wasm');
    expect((await engine.prepare('toy', 'auto', job)).backend).toBe('webgpu');
    await engine.prepare('other', 'auto', job); // so that the next one is loaded anew
  }
});

test('three failures one after the other do, and a model that cannot run there does at once', async () => {
  failures = ['RuntimeFailed', 'RuntimeFailed', 'RuntimeFailed'];
  const thrice = await backends('auto', 5);
  expect(thrice).toEqual(Array(5).fill('wasm this time'));
  failures = ['ModelUnsupported'];
  expect(await backends('auto', 3)).toEqual(['wasm', 'wasm', 'wasm']);
});

test('who has chosen WebGPU is told of a failure, and the next try is on the GPU again', async () => {
  failures = ['RuntimeFailed'];
  await expect(backends('webgpu', 1)).rejects.toMatchObject({ name: 'RuntimeFailed' });
  expect(await backends('webgpu', 1)).toEqual(['webgpu']);
});
