import { expose } from 'comlink';
import type { InferenceApi } from '../src/contract/inference';
import { createChecker } from '../src/evaluation/checker';
import { createInferenceEngine } from '../src/diffusion/engine/inference-engine';
import { createJobQueue } from '../src/common/job-queue';
import { createModelAccess } from '../src/models/installed/model-access';
import { reportRequests } from '../src/privacy/request-count';

reportRequests();
const queue = createJobQueue();
const access = createModelAccess();
const engine = createInferenceEngine(access, createChecker(access));

const api: InferenceApi = {
  init: engine.init,
  warm: engine.warm,
  check: engine.check,
  readTexts: engine.readTexts,
  prepare: (jobId, modelId, choice, onProgress) =>
    queue.run(jobId, onProgress, (job) => engine.prepare(modelId, choice, job)),
  generate: (jobId, request, choice, onProgress) =>
    queue.run(jobId, onProgress, (job) => engine.generate(request, choice, job)),
  benchmark: (jobId, request, onProgress) =>
    queue.run(jobId, onProgress, (job) => engine.benchmark(request, job)),
  cancel: queue.cancel,
  loseDevice: engine.loseDevice,
};

expose(api);
