import type { GenerationProgress } from '../contract/picture';

/** What a job gets: a signal that `cancel` aborts, and where it reports. */
export interface Job {
  signal: AbortSignal;
  onProgress: (progress: GenerationProgress) => void;
}

/** Runs one job at a time, in the order they came. A job that waits can be cancelled too. */
export function createJobQueue() {
  const controllers = new Map<string, AbortController>();
  let last: Promise<unknown> = Promise.resolve();

  /** Rejects with name `AbortError` once cancelled, at once where the job still waits. */
  async function run<T>(
    jobId: string,
    onProgress: Job['onProgress'],
    work: (job: Job) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const { signal } = controller;
    if (controllers.size > 0) onProgress({ stage: 'queued' });
    controllers.set(jobId, controller);
    const turn = last;
    const result = (async () => {
      await turn;
      signal.throwIfAborted();
      return work({ signal, onProgress });
    })();
    last = result.catch(() => undefined);
    try {
      await Promise.race([turn, aborted(signal)]);
      return await result;
    } finally {
      controllers.delete(jobId);
    }
  }

  /** Does nothing where no such job waits or runs. */
  function cancel(jobId: string) {
    controllers.get(jobId)?.abort();
  }

  return { run, cancel };
}

function aborted(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  promise.catch(() => undefined);
  return promise;
}
