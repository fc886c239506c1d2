import { expose } from 'comlink';
import { appError } from '../../../src/errors';
import type { InferenceApi, WorkerSetup } from '../../../src/contract/inference';

/** Loses its device in every run, until it is told to use the CPU. */
let setup: WorkerSetup;
const api: Pick<InferenceApi, 'init' | 'prepare'> = {
  init: (told) => void (setup = told),
  prepare: (_jobId, modelId) =>
    setup.cpuReason
      ? Promise.resolve({ backend: 'wasm', device: modelId, reason: setup.cpuReason })
      : Promise.reject(appError('DeviceLost', 'The device was lost.')),
};
expose(api);
