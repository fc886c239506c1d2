import type { BenchmarkRequest } from '../contract/benchmark';
import type { DownloadApi } from '../contract/download';
import type { InferenceApi } from '../contract/inference';
import type { BackendChoice, GenerationRequest } from '../contract/request';
import { isNotKept } from '../errors';
import { bridgeTo, ownManifestUrl, survivingLosses, WORKERS, type JobOptions } from './bridge';
import { downloadCalls, fetchFirst } from './download-client';

/** What may differ in tests, and on the page that fetches from other hosts. */
export interface WorkerClientOptions {
  manifestUrl?: string;
  /** No worker starts before: its script then comes with the headers that the service worker adds. */
  mayStart?: Promise<void>;
  startInference?: () => Worker;
  startDownload?: () => Worker;
  idleMs?: number;
}

/** After so long without a picture the model is let go of: it holds hundreds of megabytes, and is soon loaded again. */
const IDLE_MINUTES = 10;

/** The workers of the studio as functions. A worker that crashed fails its calls and is started anew by the next one. */
export type WorkerClient = ReturnType<typeof createWorkerClient>;

/** Starts each worker at its first call. */
export function createWorkerClient({
  manifestUrl = ownManifestUrl(),
  mayStart,
  startInference = WORKERS.inference,
  startDownload = WORKERS.download,
  idleMs = IDLE_MINUTES * 60_000,
}: WorkerClientOptions = {}) {
  /** What the worker has loaded; null where that is not known, or was learnt and comes on top. */
  let inUse: { modelId: string; choice: BackendChoice } | null = null;
  let letGo = false;
  const noteLoaded = (modelId: string, choice: BackendChoice, isPlain = true) => {
    inUse = isPlain ? { modelId, choice } : null;
    letGo = false;
  };
  const idle = { ms: idleMs, onEnd: () => (letGo = true) };
  const inference = bridgeTo<InferenceApi>(startInference, { manifestUrl }, mayStart, idle);
  const download = bridgeTo<DownloadApi>(startDownload, { manifestUrl }, mayStart);
  const weights = downloadCalls(download);

  return {
    ...weights,
    /** Starts the worker and its runtime ahead of the first call, beside the page's own start. */
    warm(modelId: string) {
      // Whatever fails here, the next call meets it and says so.
      void inference.call('warm', modelId).catch(() => undefined);
    },
    check: (request: GenerationRequest) => inference.call('check', request),
    readTexts: (modelId: string, texts: string[], learnedWords?: string[]) =>
      inference.call('readTexts', modelId, texts, learnedWords),
    async prepare(modelId: string, choice: BackendChoice, options: JobOptions) {
      noteLoaded(modelId, choice);
      const report = await survivingLosses(inference, () =>
        inference.job('prepare', options, modelId, choice),
      );
      // When a model was last used is good to know, and no reason to fail.
      void weights.noteUse(modelId).catch(() => undefined);
      return report;
    },
    async generate(request: GenerationRequest, choice: BackendChoice, options: JobOptions) {
      const { modelId, lora, moreLoras, check } = request;
      if (lora || moreLoras) await fetchFirst(weights.installFactors(modelId, options));
      if (check) await fetchFirst(weights.installNetwork(check.networkId, options));
      noteLoaded(request.modelId, choice, !lora && !moreLoras);
      return survivingLosses(inference, () => inference.job('generate', options, request, choice));
    },
    /** Loads again what an idle worker was let go of with, so that a picture that may be asked for soon need not wait. */
    wake() {
      if (!letGo || !inUse) return;
      const { modelId, choice } = inUse;
      letGo = false;
      const options = { signal: new AbortController().signal, onProgress: () => undefined };
      // Whatever fails here, the next picture meets it and says so.
      void inference.job('prepare', options, modelId, choice).catch(() => undefined);
    },
    benchmark(request: BenchmarkRequest, options: JobOptions) {
      noteLoaded(request.modelId, request.choice);
      return inference.job('benchmark', options, request);
    },
    /**
     * Rejects with `StorageDenied` or `QuotaExceeded` where the weights cannot be kept: `prepare` then fetches them for
     * this session only.
     */
    async install(modelId: string, options: JobOptions): Promise<void> {
      try {
        await weights.install(modelId, options);
        inference.tell({ sessionWeights: false });
      } catch (error) {
        if (isNotKept(error as Error)) inference.tell({ sessionWeights: true });
        throw error;
      }
    },
    /** Destroys the GPU device under the running job. */
    loseDevice: () => inference.call('loseDevice'),
    /** Ends both workers; what was running rejects with `AbortError`. */
    dispose() {
      inference.stop();
      download.stop();
    },
  };
}
