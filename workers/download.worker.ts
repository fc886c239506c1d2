import { expose } from 'comlink';
import type { DownloadApi } from './api';
import { createJobQueue } from './job-queue';
import { createModelAccess } from './model-access';
import { installModel } from '../src/models/download';
import { isInstalled, removeModel } from '../src/models/weight-store';

const queue = createJobQueue();
const access = createModelAccess();

const api: DownloadApi = {
  init: access.init,
  install: (jobId, modelId, onProgress) =>
    queue.run(jobId, onProgress, async (job) => {
      const { entry, baseUrl } = await access.find(modelId);
      const store = await access.openStore();
      // Nothing of this worker's memory reaches the inference worker, which then fetches for itself.
      if (store.persistent) await installModel(entry, baseUrl, store, job);
    }),
  async isInstalled(modelId) {
    const { entry } = await access.find(modelId);
    return isInstalled(await access.openStore(), entry);
  },
  async remove(modelId) {
    await removeModel(await access.openStore(), modelId);
  },
  cancel: queue.cancel,
};

expose(api);
