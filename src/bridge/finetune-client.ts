import { asLoading } from '../common/loading-progress';
import type { DownloadApi } from '../contract/download';
import type { FinetuneApi } from '../contract/finetune';
import {
  compareSamples,
  type ComparedSamples,
  type RunSample,
} from '../evaluation/copies/compare-samples';
import type { FinetuneJob, FinetuneOutcome, FinetuneReport, KeptPart } from '../finetune/run';
import { inOwnWorker, ownManifestUrl, WORKERS, type Bridge } from './bridge';
import { downloadCalls, fetchFirst } from './download-client';
import { checkCopies } from './evaluation-client';

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
    manifestUrl = ownManifestUrl(),
    startFinetune = WORKERS.finetune,
  }: FinetuneOptions,
): Promise<JudgedOutcome> {
  const own = { manifestUrl, signal };
  const install = (worker: Bridge<DownloadApi>) =>
    downloadCalls(worker).installTunable(job.modelId, { signal, onProgress: asLoading(onReport) });
  await fetchFirst(inOwnWorker(WORKERS.download, own, install));
  const all = [...samples];
  const keepAll = (part: KeptPart) => {
    if (part.kind === 'sample') all.push(part);
    return keep(part);
  };
  const train = async ({ call }: Bridge<FinetuneApi>) => {
    const halt = () => void call('pause').catch(() => undefined);
    pause?.addEventListener('abort', halt);
    if (pause?.aborted) halt();
    try {
      return await call('run', job, onReport, read, keepAll);
    } finally {
      pause?.removeEventListener('abort', halt);
    }
  };
  const outcome = await inOwnWorker(startFinetune, own, train);
  if (outcome.ended === 'paused') return { ...outcome, copies: { refusal: 'The run is paused.' } };
  const pictures = { names, samples: all, outcome };
  const copies = await compareSamples(pictures, { ...own, onReport, read, checkCopies });
  return { ...outcome, copies };
}
