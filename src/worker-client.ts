import { proxy, wrap, type Remote } from 'comlink';
import type {
  BackendChoice,
  BackendReport,
  DownloadApi,
  GeneratedImage,
  GenerationProgress,
  GenerationRequest,
  InferenceApi,
  WorkerSetup,
} from '../workers/api';
import { appError } from './errors';

/** How a job is stopped and how it reports. */
export interface JobOptions {
  signal: AbortSignal;
  onProgress: (progress: GenerationProgress) => void;
}

/** What may differ in tests. */
export interface WorkerClientOptions {
  manifestUrl?: string;
  startInference?: () => Worker;
  startDownload?: () => Worker;
}

/** The workers as functions. A worker that crashed fails its calls and is started anew by the next one. */
export type WorkerClient = ReturnType<typeof createWorkerClient>;

/** Starts each worker at its first call. */
export function createWorkerClient({
  manifestUrl = new URL('model-manifest.json', document.baseURI).href,
  startInference = () =>
    new Worker(new URL('../workers/inference.worker.ts', import.meta.url), { type: 'module' }),
  startDownload = () =>
    new Worker(new URL('../workers/download.worker.ts', import.meta.url), { type: 'module' }),
}: WorkerClientOptions = {}) {
  const inference = restartable<InferenceApi>(startInference, { manifestUrl });
  const download = restartable<DownloadApi>(startDownload, { manifestUrl });

  return {
    check: (request: GenerationRequest) => inference.call((api) => api.check(request)),
    prepare(modelId: string, choice: BackendChoice, options: JobOptions): Promise<BackendReport> {
      return survivingLosses(inference, options, (api, jobId, onProgress) =>
        api.prepare(jobId, modelId, choice, onProgress),
      );
    },
    generate(
      request: GenerationRequest,
      choice: BackendChoice,
      options: JobOptions,
    ): Promise<GeneratedImage> {
      return survivingLosses(inference, options, (api, jobId, onProgress) =>
        api.generate(jobId, request, choice, onProgress),
      );
    },
    install(modelId: string, options: JobOptions): Promise<void> {
      return download.job(options, (api, jobId, onProgress) =>
        api.install(jobId, modelId, onProgress),
      );
    },
    isInstalled: (modelId: string) => download.call((api) => api.isInstalled(modelId)),
    remove: (modelId: string) => download.call((api) => api.remove(modelId)),
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
      // A module that could not be fetched stays failed in its worker: the next try needs a new one.
      if (name === 'NetworkFailed') inference.restart(error as Error, {});
      const gone = losses > 0 && (name === 'NoAdapter' || name === 'NoWebGpu');
      if ((name !== 'DeviceLost' && !gone) || losses === 2) throw error;
      losses++;
      const what = gone ? 'lost and did not come back' : 'lost twice';
      const cpuReason = `The graphics device was ${what}, so the CPU does the work.`;
      inference.restart(error as Error, gone || losses === 2 ? { cpuReason } : {});
    }
  }
}

/** What both workers have in common on the wire. */
interface WorkerApi {
  init(setup: WorkerSetup): void;
  cancel(jobId: string): void;
}

type Work<Api, T> = (
  api: Remote<Api>,
  jobId: string,
  onProgress: JobOptions['onProgress'],
) => Promise<T>;

type Restartable<Api extends WorkerApi> = ReturnType<typeof restartable<Api>>;

interface Running<Api> {
  api: Remote<Api>;
  /** Rejects when the worker ends before its calls do. */
  ended: Promise<never>;
  end(error: Error): void;
}

/** A worker that is started when it is needed and not running. */
function restartable<Api extends WorkerApi>(start: () => Worker, firstSetup: WorkerSetup) {
  let running: Running<Api> | null = null;
  let setup = firstSetup;
  let restartedFor: Error | null = null;

  function ensureRunning(): Running<Api> {
    if (running) return running;
    const worker = start();
    let reject: (error: Error) => void;
    const ended = new Promise<never>((_, rejectEnded) => (reject = rejectEnded));
    ended.catch(() => undefined); // an end without calls in progress is nobody's error
    const end = (error: Error) => {
      worker.terminate();
      running = null;
      reject(error);
    };
    worker.addEventListener('error', (event) => end(crashed(event.message)));
    const api = wrap<Api>(worker);
    void Promise.race([(api as Remote<WorkerApi>).init(setup), ended]).catch(() => undefined);
    return (running = { api, ended, end });
  }

  async function call<T>(work: (api: Remote<Api>) => Promise<T>): Promise<T> {
    const { api, ended } = ensureRunning();
    return Promise.race([work(api), ended]);
  }

  async function job<T>({ signal, onProgress }: JobOptions, work: Work<Api, T>): Promise<T> {
    signal.throwIfAborted();
    const jobId = crypto.randomUUID();
    const { api, ended } = ensureRunning();
    const cancel = () => void (api as Remote<WorkerApi>).cancel(jobId);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // proxy() works only on a top-level argument, so the callback stays out of `request`.
      return await Promise.race([work(api, jobId, proxy(onProgress)), ended]);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /**
   * Ends the worker, its other calls with this error; the next call starts one that is told `change` too. Those
   * other calls then ask for a restart with the same error, and it has happened already.
   */
  function restart(error: Error, change: Partial<WorkerSetup>) {
    setup = { ...setup, ...change };
    if (error === restartedFor) return;
    restartedFor = error;
    running?.end(error);
  }

  function stop() {
    running?.end(appError('AbortError', 'The worker was stopped. Reload the page to go on.'));
  }

  return { call, job, restart, stop };
}

function crashed(why: string | undefined): Error {
  if (/memory|allocation/i.test(why ?? '')) {
    return appError(
      'OutOfMemory',
      `The worker ran out of memory (${why}). Close other tabs or choose a smaller model, then try again.`,
    );
  }
  return new Error(
    `The worker stopped (${why || 'its script did not load'}). Try again; it starts anew.`,
  );
}
