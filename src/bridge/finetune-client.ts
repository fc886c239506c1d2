import { proxy } from 'comlink';
import type { DownloadApi } from '../contract/download';
import type { GenerationProgress } from '../contract/picture';
import { isNotKept } from '../errors';
import type { FinetuneApi } from '../contract/finetune';
import type { FinetuneJob, FinetuneOutcome, FinetuneReport, KeptPart } from '../finetune/run';
import { compareSamples, type ComparedSamples, type RunSample } from './finetune-copies';
import { inWorker } from './in-worker';
import { randomId } from '../common/random-id';

/** How a run is stopped, where its images come from, and where its parts are kept. */
export interface FinetuneOptions {
  /** Ends the worker at once: what was not kept by then is lost. */
  signal: AbortSignal;
  /** Ends the run after the step in progress, with a checkpoint. */
  pause?: AbortSignal;
  onReport: (report: FinetuneReport) => void;
  read: (index: number) => Promise<Blob>;
  keep: (part: KeptPart) => Promise<void>;
  /** Of the images, for the comparison at the end; absent: their numbers. */
  names?: readonly string[];
  /** Made in earlier starts. */
  samples?: readonly RunSample[];
  manifestUrl?: string;
  /** What may differ in tests. */
  startFinetune?: () => Worker;
}

/** What came of a run, and what its last samples have of the images trained on. */
export type JudgedOutcome = FinetuneOutcome & { copies: ComparedSamples };

/**
 * Fetches what is missing of the model and of the graphs that train it, then trains, then looks for copies, each in a worker
 * of its own that ends with the run.
 */
export async function runFinetune(
  job: FinetuneJob,
  {
    signal,
    pause,
    onReport,
    read,
    keep,
    names = job.items.map((_, index) => `${index}`),
    samples = [],
    manifestUrl = new URL('model-manifest.json', document.baseURI).href,
    startFinetune = () =>
      new Worker(new URL('../../workers/finetune.worker.ts', import.meta.url), { type: 'module' }),
  }: FinetuneOptions,
): Promise<JudgedOutcome> {
  await inWorker<DownloadApi, void>(startDownload(), signal, async (api) => {
    await api.init({ manifestUrl });
    const show = (progress: GenerationProgress) => reportLoading(progress, onReport);
    await api.install(randomId(), job.modelId, proxy(show));
    const graphs: Parameters<DownloadApi['installGraphs']>[2] = ['loraGraph', 'trainingGraph'];
    await api.installGraphs(randomId(), job.modelId, graphs, proxy(show));
  }).catch((error: Error) => {
    if (!isNotKept(error)) throw error; // else the run fetches them for itself
  });
  const all = [...samples];
  const keepAll = (part: KeptPart) => {
    if (part.kind === 'sample') all.push(part);
    return keep(part);
  };
  const outcome = await inWorker<FinetuneApi, FinetuneOutcome>(startFinetune(), signal, (api) => {
    pause?.addEventListener('abort', () => void api.pause(), { once: true });
    if (pause?.aborted) void api.pause();
    return api.run(job, manifestUrl, proxy(onReport), proxy(read), proxy(keepAll));
  });
  if (outcome.ended === 'paused') return { ...outcome, copies: { refusal: 'The run is paused.' } };
  const pictures = { names, samples: all, outcome };
  const copies = await compareSamples(pictures, { signal, onReport, read, manifestUrl });
  return { ...outcome, copies };
}

function startDownload(): Worker {
  return new Worker(new URL('../../workers/download.worker.ts', import.meta.url), {
    type: 'module',
  });
}

function reportLoading(progress: GenerationProgress, onReport: FinetuneOptions['onReport']) {
  if (!('bytesTotal' in progress)) return;
  const msLeft = progress.stage === 'download' ? progress.msLeft : null;
  onReport({ stage: 'load', done: progress.bytesDone, total: progress.bytesTotal, msLeft });
}
