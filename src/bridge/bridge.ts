/** The workers as seen from the page: how each is started, called, cancelled, restarted and let go of. */
import { proxy, wrap, type Remote } from 'comlink';
import type { WorkerSetup } from '../contract/inference';
import type { GenerationProgress } from '../contract/picture';
import type { BackendReason } from '../contract/request';
import { randomId } from '../common/random-id';
import { appError, nameMissingPart } from '../errors';

/** The entries of the workers; Vite finds each by its literal address. */
export const WORKERS = {
  inference: () =>
    new Worker(new URL('../../workers/inference.worker.ts', import.meta.url), { type: 'module' }),
  download: () =>
    new Worker(new URL('../../workers/download.worker.ts', import.meta.url), { type: 'module' }),
  evaluation: () =>
    new Worker(new URL('../../workers/evaluation.worker.ts', import.meta.url), { type: 'module' }),
  finetune: () =>
    new Worker(new URL('../../workers/finetune.worker.ts', import.meta.url), { type: 'module' }),
};

/** How a job is stopped and how it reports. */
export interface JobOptions {
  signal: AbortSignal;
  onProgress: (progress: GenerationProgress) => void;
}

/** What all workers have in common on the wire. */
interface WorkerApi {
  init(setup: WorkerSetup): void;
}

type Call = (...args: never[]) => unknown;
type NameOf<Api> = { [Name in keyof Api]: Api[Name] extends Call ? Name : never }[keyof Api];
type Arguments<Method> = Method extends (...args: infer All) => unknown ? All : never;
type Result<Method> = Method extends (...args: never[]) => infer R ? Awaited<R> : never;
/** Of a job, what is asked: all but its id, which comes first, and its progress, which comes last. */
type Asked<Method> =
  Arguments<Method> extends [string, ...infer Rest, JobOptions['onProgress']] ? Rest : never;

/** One worker: it is started by the first call, and by the next one after it has ended. */
export type Bridge<Api extends WorkerApi> = ReturnType<typeof bridgeTo<Api>>;

interface Running {
  call: (name: PropertyKey, args: unknown[]) => Promise<unknown>;
  end(error: Error): void;
}

/**
 * The calls of a worker that `start` starts and that is told `firstSetup` before any other. `mayStart`: no worker starts
 * before. A worker that crashes fails its calls by name. One that nobody called for `idle.ms` is let go of, with all the
 * memory that it holds here and on a GPU, and `idle.onEnd` is told; the next call starts another.
 */
export function bridgeTo<Api extends WorkerApi>(
  start: () => Worker,
  firstSetup: WorkerSetup,
  mayStart?: Promise<void>,
  idle = { ms: Infinity, onEnd: () => {} },
) {
  let running: Running | null = null;
  let setup = firstSetup;
  let restartedFor: Error | null = null;

  function ensureRunning(): Running {
    if (running) return running;
    const worker = start();
    const inProgress = new Set<(error: Error) => void>();
    let ending: ReturnType<typeof setTimeout> | undefined;
    const end = (error: Error) => {
      clearTimeout(ending);
      worker.terminate();
      if (running?.end === end) running = null; // a late word of this one must not orphan its successor
      for (const reject of inProgress) reject(error);
    };
    const waitForWork = () => {
      clearTimeout(ending);
      // Weights that are in the worker's memory and nowhere else would have to be fetched again.
      const mayEnd = idle.ms < Infinity && inProgress.size === 0 && !setup.sessionWeights;
      if (mayEnd) ending = setTimeout(letGo, idle.ms);
    };
    const letGo = () => {
      end(new Error('Nobody called for long.'));
      idle.onEnd();
    };
    worker.addEventListener('error', (event) => end(crashed(event.message)));
    const api = wrap<Api>(worker) as Record<PropertyKey, Call> & Remote<Api>;
    // Not Promise.race with a promise of the end: that one would hold every result for as long as the worker lives.
    const call: Running['call'] = (name, args) =>
      new Promise((resolve, reject) => {
        inProgress.add(reject);
        clearTimeout(ending);
        // proxy() works only on a top-level argument, so callbacks stay out of requests.
        const sent = args.map((one) => (typeof one === 'function' ? proxy(one) : one)) as never[];
        (api[name](...sent) as Promise<unknown>)
          .then(resolve, (error) => reject(nameMissingPart(error) as Error))
          .finally(() => {
            inProgress.delete(reject);
            waitForWork();
          });
      });
    call('init', [setup]).catch(() => undefined);
    return (running = { call, end });
  }

  async function call<Name extends NameOf<Api>>(name: Name, ...args: Arguments<Api[Name]>) {
    if (mayStart) await mayStart; // else the worker starts within this very call
    return ensureRunning().call(name, args) as Promise<Result<Api[Name]>>;
  }

  /** A call that waits its turn in the worker, reports, and is cancelled there once the signal is aborted. */
  async function job<Name extends NameOf<Api>>(
    name: Name,
    { signal, onProgress }: JobOptions,
    ...asked: Asked<Api[Name]>
  ) {
    if (mayStart) await mayStart;
    signal.throwIfAborted();
    const jobId = randomId();
    const worker = ensureRunning();
    const cancel = () => void worker.call('cancel', [jobId]).catch(() => undefined);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const result = worker.call(name, [jobId, ...(asked as unknown[]), onProgress]);
      return (await result) as Result<Api[Name]>;
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

  /** Ends the worker; what was running rejects with `error`. */
  function stop(
    error = appError('AbortError', 'The worker was stopped. Reload the page to go on.'),
  ) {
    running?.end(error);
  }

  /** What the worker, and those that take its place, go by from now on. */
  function tell(change: Partial<WorkerSetup>) {
    setup = { ...setup, ...change };
    running?.call('init', [setup]).catch(() => undefined);
  }

  return { call, job, restart, tell, stop };
}

/** Does the work with a worker of its own, which ends with it; an abort ends it at once, and rejects with `AbortError`. */
export async function inOwnWorker<Api extends WorkerApi, T>(
  start: () => Worker,
  { manifestUrl, signal }: { manifestUrl: string; signal: AbortSignal },
  work: (worker: Bridge<Api>) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const worker = bridgeTo<Api>(start, { manifestUrl });
  const abort = () => worker.stop(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await work(worker);
  } finally {
    signal.removeEventListener('abort', abort);
    worker.stop();
  }
}

/**
 * Runs a job again, from its start, when the graphics device was lost: once on a new device, then on the CPU. Each
 * time in a new worker, because the runtime of the old one may wait for the lost device for ever.
 */
export async function survivingLosses<Api extends WorkerApi, T>(
  worker: Bridge<Api>,
  run: () => Promise<T>,
): Promise<T> {
  let losses = 0;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      const { name } = error as Error;
      // A module that could not be fetched stays failed in its worker, and the memory of wasm never shrinks: the next
      // try needs a new one.
      if (name === 'NetworkFailed' || name === 'OutOfMemory') worker.restart(error as Error, {});
      const gone = losses > 0 && (name === 'NoAdapter' || name === 'NoWebGpu');
      if ((name !== 'DeviceLost' && !gone) || losses === 2) throw error;
      losses++;
      const cpuReason: BackendReason = { kind: gone ? 'lostForGood' : 'lostTwice' };
      worker.restart(error as Error, gone || losses === 2 ? { cpuReason } : {});
    }
  }
}

/** The models of the page's own host. */
export const ownManifestUrl = () => new URL('model-manifest.json', document.baseURI).href;

/** What a worker's end means, by what its error event says. */
function crashed(why: string | undefined): Error {
  if (/memory|allocation/i.test(why ?? '')) {
    return appError(
      'OutOfMemory',
      `The worker ran out of memory (${why}). Close other tabs, or choose a smaller model, smaller settings or fewer ` +
        'images, then try again.',
    );
  }
  return new Error(
    `The worker stopped (${why || 'its script did not load'}). Try again; it starts anew.`,
  );
}
