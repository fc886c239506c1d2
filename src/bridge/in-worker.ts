import { wrap, type Remote } from 'comlink';
import { appError, nameMissingPart } from '../errors';

/** Does the work in a worker of its own, unless it is aborted or the worker fails first; the worker ends either way. */
export async function inWorker<Api, T>(
  worker: Worker,
  signal: AbortSignal,
  work: (api: Remote<Api>) => Promise<T>,
): Promise<T> {
  try {
    return await new Promise<T>((resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      worker.addEventListener('error', ({ message }) => reject(crashed(message)));
      work(wrap<Api>(worker)).then(resolve, (error) => reject(nameMissingPart(error) as Error));
    });
  } finally {
    worker.terminate();
  }
}

/** What a worker's end means, by what its error event says. */
export function crashed(why: string | undefined): Error {
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
