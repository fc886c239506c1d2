import { proxy, wrap, type Remote } from 'comlink';
import { crashed } from './in-worker';
import { randomId } from '../common/random-id';
import type { WorkerSetup } from '../contract/inference';
import type { GenerationProgress } from '../contract/picture';
import { appError, nameMissingPart } from '../errors';

/** How a job is stopped and how it reports. */
export interface JobOptions {
  signal: AbortSignal;
  onProgress: (progress: GenerationProgress) => void;
}

/** What both workers have in common on the wire. */
export interface WorkerApi {
  init(setup: WorkerSetup): void;
  cancel(jobId: string): void;
}

export type Work<Api, T> = (
  api: Remote<Api>,
  jobId: string,
  onProgress: JobOptions['onProgress'],
) => Promise<T>;

export type Restartable<Api extends WorkerApi> = ReturnType<typeof restartable<Api>>;

interface Running<Api> {
  api: Remote<Api>;
  /** The call's value, unless the worker ends before it does. */
  untilEnd: <T>(call: Promise<T>) => Promise<T>;
  end(error: Error): void;
}

/** A worker that is started when it is needed and not running. */
export function restartable<Api extends WorkerApi>(
  start: () => Worker,
  firstSetup: WorkerSetup,
  mayStart: Promise<void> | undefined,
) {
  let running: Running<Api> | null = null;
  let setup = firstSetup;
  let restartedFor: Error | null = null;

  function ensureRunning(): Running<Api> {
    if (running) return running;
    const worker = start();
    const inProgress = new Set<(error: Error) => void>();
    const end = (error: Error) => {
      worker.terminate();
      if (running?.end === end) running = null; // a late word of this one must not orphan its successor
      for (const reject of inProgress) reject(error);
    };
    // Not Promise.race with a promise of the end: that one would hold every result for as long as the worker lives.
    const untilEnd = <T>(call: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        inProgress.add(reject);
        void call
          .then(resolve, (error) => reject(nameMissingPart(error) as Error))
          .finally(() => inProgress.delete(reject));
      });
    worker.addEventListener('error', (event) => end(crashed(event.message)));
    const api = wrap<Api>(worker);
    untilEnd((api as Remote<WorkerApi>).init(setup)).catch(() => undefined);
    return (running = { api, untilEnd, end });
  }

  async function call<T>(work: (api: Remote<Api>) => Promise<T>): Promise<T> {
    if (mayStart) await mayStart; // else the worker starts within this very call
    const { api, untilEnd } = ensureRunning();
    return untilEnd(work(api));
  }

  async function job<T>({ signal, onProgress }: JobOptions, work: Work<Api, T>): Promise<T> {
    if (mayStart) await mayStart;
    signal.throwIfAborted();
    const jobId = randomId();
    const { api, untilEnd } = ensureRunning();
    const cancel = () => void (api as Remote<WorkerApi>).cancel(jobId);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // proxy() works only on a top-level argument, so the callback stays out of `request`.
      return await untilEnd(work(api, jobId, proxy(onProgress)));
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

  /** What the worker, and those that take its place, go by from now on. */
  function tell(change: Partial<WorkerSetup>) {
    setup = { ...setup, ...change };
    if (running) void (running.api as Remote<WorkerApi>).init(setup);
  }

  return { call, job, restart, tell, stop };
}
