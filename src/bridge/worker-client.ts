import type { BenchmarkRequest, BenchmarkResult } from '../contract/benchmark';
import type { DownloadApi, DroppedFile, FromPackage } from '../contract/download';
import type { InferenceApi } from '../contract/inference';
import type { GeneratedImage } from '../contract/picture';
import type { BackendChoice, BackendReport, GenerationRequest } from '../contract/request';
import { isNotKept } from '../errors';
import { restartable, type JobOptions, type Restartable, type Work } from './restartable';

export type { JobOptions };

/** What may differ in tests. */
export interface WorkerClientOptions {
  manifestUrl?: string;
  /** No worker starts before: its script then comes with the headers that the service worker adds. */
  mayStart?: Promise<void>;
  startInference?: () => Worker;
  startDownload?: () => Worker;
}

/** The workers as functions. A worker that crashed fails its calls and is started anew by the next one. */
export type WorkerClient = ReturnType<typeof createWorkerClient>;

/** Starts each worker at its first call. */
export function createWorkerClient({
  manifestUrl = new URL('model-manifest.json', document.baseURI).href,
  mayStart,
  startInference = () =>
    new Worker(new URL('../../workers/inference.worker.ts', import.meta.url), { type: 'module' }),
  startDownload = () =>
    new Worker(new URL('../../workers/download.worker.ts', import.meta.url), { type: 'module' }),
}: WorkerClientOptions = {}) {
  const inference = restartable<InferenceApi>(startInference, { manifestUrl }, mayStart);
  const download = restartable<DownloadApi>(startDownload, { manifestUrl }, mayStart);

  /** The graph with factors; where it cannot be kept the inference worker fetches it for itself. */
  async function installLora(modelId: string, options: JobOptions) {
    // The store is asked each time: another tab may have deleted the model, or installed it anew.
    if (await download.call((api) => api.hasGraphs(modelId, ['loraGraph']))) return;
    await download
      .job(options, (api, jobId, onProgress) =>
        api.installGraphs(jobId, modelId, ['loraGraph'], onProgress),
      )
      .catch((error: Error) => {
        if (!isNotKept(error)) throw error;
      });
  }

  /** A network that checks pictures: what lacks of it; where it cannot be kept the inference worker fetches it for itself. */
  async function installNetwork(networkId: string, options: JobOptions) {
    await download
      .job(options, (api, jobId, onProgress) => api.installNetwork(jobId, networkId, onProgress))
      .catch((error: Error) => {
        if (!isNotKept(error)) throw error;
      });
  }

  return {
    check: (request: GenerationRequest) => inference.call((api) => api.check(request)),
    readTexts: (modelId: string, texts: string[], learnedWord?: string) =>
      inference.call((api) => api.readTexts(modelId, texts, learnedWord)),
    async prepare(
      modelId: string,
      choice: BackendChoice,
      options: JobOptions,
    ): Promise<BackendReport> {
      const report = await survivingLosses(inference, options, (api, jobId, onProgress) =>
        api.prepare(jobId, modelId, choice, onProgress),
      );
      // When a model was last used is good to know, and no reason to fail.
      void download.call((api) => api.noteUse(modelId)).catch(() => undefined);
      return report;
    },
    async generate(
      request: GenerationRequest,
      choice: BackendChoice,
      options: JobOptions,
    ): Promise<GeneratedImage> {
      if (request.lora) await installLora(request.modelId, options);
      if (request.check) await installNetwork(request.check.networkId, options);
      return survivingLosses(inference, options, (api, jobId, onProgress) =>
        api.generate(jobId, request, choice, onProgress),
      );
    },
    benchmark(request: BenchmarkRequest, options: JobOptions): Promise<BenchmarkResult> {
      return inference.job(options, (api, jobId, onProgress) =>
        api.benchmark(jobId, request, onProgress),
      );
    },
    /**
     * Rejects with `StorageDenied` or `QuotaExceeded` where the weights cannot be kept: `prepare` then fetches them for
     * this session only.
     */
    async install(modelId: string, options: JobOptions): Promise<void> {
      try {
        await download.job(options, (api, jobId, onProgress) =>
          api.install(jobId, modelId, onProgress),
        );
        inference.tell({ sessionWeights: false });
      } catch (error) {
        if (isNotKept(error as Error)) inference.tell({ sessionWeights: true });
        throw error;
      }
    },
    installNetwork: (networkId: string, options: JobOptions) =>
      download.job(options, (api, jobId, onProgress) =>
        api.installNetwork(jobId, networkId, onProgress),
      ),
    /** A model with the graphs that fine-tuning and tuned models need. */
    async installTunable(modelId: string, options: JobOptions): Promise<void> {
      await download.job(options, (api, jobId, onProgress) =>
        api.install(jobId, modelId, onProgress),
      );
      await download.job(options, (api, jobId, onProgress) =>
        api.installGraphs(jobId, modelId, ['loraGraph', 'trainingGraph'], onProgress),
      );
    },
    isInstalled: (modelId: string) => download.call((api) => api.isInstalled(modelId)),
    remove: (modelId: string) => download.call((api) => api.remove(modelId)),
    models: () => download.call((api) => api.list()),
    dropDamaged(modelId: string, options: JobOptions): Promise<string[]> {
      return download.job(options, (api, jobId, onProgress) =>
        api.dropDamaged(jobId, modelId, onProgress),
      );
    },
    sideload(files: DroppedFile[], options: JobOptions): Promise<FromPackage[]> {
      return download.job(options, (api, jobId, onProgress) =>
        api.sideload(jobId, files, onProgress),
      );
    },
    exportToFolder(modelId: string, folder: FileSystemDirectoryHandle, options: JobOptions) {
      return download.job(options, (api, jobId, onProgress) =>
        api.exportToFolder(jobId, modelId, folder, onProgress),
      );
    },
    exportToZip(modelId: string, options: JobOptions): Promise<Blob> {
      return download.job(options, (api, jobId, onProgress) =>
        api.exportToZip(jobId, modelId, onProgress),
      );
    },
    /** Destroys the GPU device under the running job. */
    loseDevice: () => inference.call((api) => api.loseDevice()),
    /** Ends both workers; what was running rejects with `AbortError`. */
    dispose() {
      inference.stop();
      download.stop();
    },
  };
}

/**
 * Runs a job again, from its start, when the graphics device was lost: once on a new device, then on the CPU. Each
 * time in a new worker, because the runtime of the old one may wait for the lost device for ever.
 */
async function survivingLosses<T>(
  inference: Restartable<InferenceApi>,
  options: JobOptions,
  work: Work<InferenceApi, T>,
): Promise<T> {
  let losses = 0;
  for (;;) {
    try {
      return await inference.job(options, work);
    } catch (error) {
      const { name } = error as Error;
      // A module that could not be fetched stays failed in its worker, and the memory of wasm never shrinks: the next
      // try needs a new one.
      if (name === 'NetworkFailed' || name === 'OutOfMemory') inference.restart(error as Error, {});
      const gone = losses > 0 && (name === 'NoAdapter' || name === 'NoWebGpu');
      if ((name !== 'DeviceLost' && !gone) || losses === 2) throw error;
      losses++;
      const what = gone ? 'lost and did not come back' : 'lost twice';
      const cpuReason = `The graphics device was ${what}, so the CPU does the work.`;
      inference.restart(error as Error, gone || losses === 2 ? { cpuReason } : {});
    }
  }
}
