import { expect, test, vi } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import { createChecker } from '../../../src/evaluation/checker';
import { createInferenceEngine } from '../../../src/diffusion/engine/inference-engine';
import type { DiffusionModel } from '../../../src/diffusion/model';
import type { ModelAccess } from '../../../src/models/installed/model-access';
import type { ModelSession } from '../../../src/models/runtime/session-types';
import { appError } from '../../../src/errors';

/** Whether the changed weights find no room. */
let short = false;
/** Whose weights the graph that ran had. */
const ran: string[] = [];

const entry = {
  id: 'toy',
  requirements: { features: [], maxBufferBytes: 0, peakMemoryBytes: 0 },
  tokenizer: { kind: 'clip', file: {}, config: {} },
  components: { unet: { of: 'the model' } },
  conditions: { covariates: [] },
  defaults: {},
};
const access = {
  find: async () => ({ entry, baseUrl: null }),
  openStore: async () => ({ persistent: true }),
} as unknown as ModelAccess;

vi.mock('../../../src/models/runtime/backend', () => ({
  hasHalf: () => false,
  memoryIsShort: () => false,
  openBackendFor: async () => ({ gpu: null, report: { backend: 'wasm' } }),
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
vi.mock('../../../src/models/runtime/open-component', () => ({
  openComponent: async (_name: string, { of }: { of: string }) => {
    if (short && of === 'the LoRA') throw appError('OutOfMemory', 'No room.');
    return { run: async () => void ran.push(of), release: async () => undefined };
  },
}));
vi.mock('../../../src/diffusion/lora/patch-weights', () => ({
  patchWeights: async () => ({ component: { of: 'the LoRA' }, read: () => new Blob() }),
}));
vi.mock('../../../src/diffusion/request', () => ({ validateRequest: () => undefined }));
vi.mock('../../../src/diffusion/load-model', () => ({
  loadModel: async ({
    createSession,
  }: {
    createSession: (name: string, component: unknown) => Promise<ModelSession>;
  }) => {
    const unet = await createSession('unet', entry.components.unet);
    return { entry, unet, release: async () => undefined };
  },
}));
vi.mock('../../../src/diffusion/benchmark', () => ({
  measureModel: async ({ unet }: DiffusionModel & { unet: ModelSession }) => unet.run({}),
}));

const job = { signal: new AbortController().signal, onProgress: () => undefined };
const factors = [{ name: 'lora.unet.conv_in.up', dims: [1], data: Float32Array.of(1) }];
const request = {
  modelId: 'toy',
  prompt: 'x',
  covariates: {},
  lora: { factors, strength: 1, sha256: 'ab' },
} as unknown as GenerationRequest;

test('a benchmark runs the model as it is, also where changed weights found no room just before', async () => {
  const engine = createInferenceEngine(access, createChecker(access));
  const measured = { modelId: 'toy', choice: 'wasm', numInferenceSteps: 1, numImages: 1 } as const;
  await engine.benchmark(measured, job);
  short = true;
  await expect(engine.generate(request, 'wasm', job)).rejects.toMatchObject({
    name: 'OutOfMemory',
  });
  await engine.benchmark(measured, job);
  expect(ran).toEqual(['the model', 'the model']);
});
