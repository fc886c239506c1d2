import { expose } from 'comlink';
import type { InferenceApi } from './api';
import { createInferenceEngine } from './inference-engine';
import { createJobQueue } from './job-queue';

const queue = createJobQueue();
const engine = createInferenceEngine();

const api: InferenceApi = {
  init: engine.init,
  check: engine.check,
  prepare: (jobId, modelId, choice, onProgress) =>
    queue.run(jobId, onProgress, (job) => engine.prepare(modelId, choice, job)),
  generate: (jobId, request, choice, onProgress) =>
    queue.run(jobId, onProgress, (job) => engine.generate(request, choice, job)),
  cancel: queue.cancel,
  loseDevice: engine.loseDevice,
};

expose(api);
