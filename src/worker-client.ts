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
    prepare(modelId: string, choice: BackendChoice, options: JobOptions): Promise<BackendReport> {
      return inference.job(options, (api, jobId, onProgress) =>
        api.prepare(jobId, modelId, choice, onProgress),
      );
    },
    generate(
      request: GenerationRequest,
      choice: BackendChoice,
      options: JobOptions,
    ): Promise<GeneratedImage> {
      return inference.job(options, (api, jobId, onProgress) =>
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

/** What both workers have in common on the wire. */
interface WorkerApi {
  init(setup: WorkerSetup): void;
  cancel(jobId: string): void;
}

interface Running<Api> {
  worker: Worker;
  api: Remote<Api>;
  /** Rejects when the worker ends before its calls do. */
  ended: Promise<never>;
  end(error: Error): void;
}

/** A worker that is started when it is needed and not running. */
function restartable<Api extends WorkerApi>(start: () => Worker, setup: WorkerSetup) {
  let running: Running<Api> | null = null;

  function ensureRunning(): Running<Api> {
    if (running) return running;
    const worker = start();
    let reject: (error: Error) => void;
    const ended = new Promise<never>((_, rejectEnded) => (reject = rejectEnded));
    ended.catch(() => undefined); // ends without calls in progress are nobody's error
    const end = (error: Error) => {
      worker.terminate();
      running = null;
      reject(error);
    };
    worker.addEventListener('error', (event) => end(crashed(event.message)));
    const api = wrap<Api>(worker);
    running = { worker, api, ended, end };
    void Promise.race([(api as Remote<WorkerApi>).init(setup), ended]).catch(() => undefined);
    return running;
  }

  async function call<T>(work: (api: Remote<Api>) => Promise<T>): Promise<T> {
    const { api, ended } = ensureRunning();
    return Promise.race([work(api), ended]);
  }

  async function job<T>(
    { signal, onProgress }: JobOptions,
    work: (api: Remote<Api>, jobId: string, onProgress: JobOptions['onProgress']) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const jobId = crypto.randomUUID();
    const { api } = ensureRunning();
    const cancel = () => void (api as Remote<WorkerApi>).cancel(jobId);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // proxy() works only on a top-level argument, so the callback stays out of `request`.
      return await call((api) => work(api, jobId, proxy(onProgress)));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  function stop() {
    running?.end(appError('AbortError', 'The worker was stopped. Reload the page to go on.'));
  }

  return { call, job, stop };
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
