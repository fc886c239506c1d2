import { proxy } from 'comlink';
import type { DownloadApi } from '../contract/download';
import type { EvaluationApi } from '../contract/evaluation';
import type { GenerationProgress } from '../contract/picture';
import { isNotKept } from '../errors';
import type { VolumeReport, VolumeSets } from '../evaluation/judge-volumes';
import type {
  CopyReport,
  EvaluationProgress,
  EvaluationReport,
  EvaluationRequest,
  ImageFeatures,
  ImageSource,
  ReadableSet,
  SetName,
} from '../evaluation/report/report';
import { inWorker } from './in-worker';
import { randomId } from '../common/random-id';

/** How an evaluation is stopped, where its images come from, and where features are kept. */
export interface EvaluationOptions {
  signal: AbortSignal;
  onProgress: (progress: EvaluationProgress) => void;
  read: (set: ReadableSet, index: number) => Promise<ImageSource>;
  keep: (computed: ImageFeatures[]) => Promise<void>;
  /** Where a segmenter is to be trained. */
  readMask?: (set: SetName, index: number) => Promise<Blob>;
  /** Networks that are to be trained. */
  learnerIds?: { segmenter?: string; classifier?: string };
  manifestUrl?: string;
  /** What may differ in tests. */
  startEvaluation?: () => Worker;
}

/**
 * Fetches the feature networks that are missing, then compares the images, each in a worker of its own that ends with the
 * run. An abort ends them at once and rejects with `AbortError`.
 */
export async function runEvaluation(
  request: EvaluationRequest,
  {
    signal,
    onProgress,
    read,
    keep,
    readMask,
    learnerIds = {},
    manifestUrl = new URL('model-manifest.json', document.baseURI).href,
    startEvaluation = startEvaluationWorker,
  }: EvaluationOptions,
): Promise<EvaluationReport> {
  const ids = [...request.networks, ...Object.values(learnerIds)];
  await installNetworks(ids, { signal, onProgress, manifestUrl });
  return inWorker<EvaluationApi, EvaluationReport>(startEvaluation(), signal, (api) =>
    api.evaluate(
      ...([request, manifestUrl, proxy(onProgress), proxy(read), proxy(keep)] as const),
      readMask && proxy(readMask),
      learnerIds,
    ),
  );
}

/** As `runEvaluation`, for copies alone. */
export async function checkCopies(
  request: EvaluationRequest,
  options: Pick<EvaluationOptions, 'signal' | 'onProgress' | 'read'> & { manifestUrl: string },
): Promise<CopyReport> {
  const { signal, onProgress, read, manifestUrl } = options;
  await installNetworks(request.networks, options);
  return inWorker<EvaluationApi, CopyReport>(startEvaluationWorker(), signal, (api) =>
    api.checkCopies(request, manifestUrl, proxy(onProgress), proxy(read)),
  );
}

async function installNetworks(
  ids: readonly string[],
  {
    signal,
    onProgress,
    manifestUrl,
  }: Pick<EvaluationOptions, 'signal' | 'onProgress'> & { manifestUrl: string },
): Promise<void> {
  await inWorker<DownloadApi, void>(startDownload(), signal, async (api) => {
    await api.init({ manifestUrl });
    for (const id of ids) {
      const show = proxy((progress: GenerationProgress) => onProgress(asLoading(progress)));
      await api.installNetwork(randomId(), id, show);
    }
  }).catch((error: Error) => {
    if (!isNotKept(error)) throw error; // else the evaluation fetches them for itself
  });
}

/** Compares volumes in a worker that ends with it. An abort ends it at once and rejects with `AbortError`. */
export async function judgeVolumes(
  sets: VolumeSets,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (share: number) => void },
): Promise<VolumeReport> {
  return inWorker<EvaluationApi, VolumeReport>(startEvaluationWorker(), signal, (api) =>
    api.judgeVolumes(sets, proxy(onProgress)),
  );
}

function startDownload(): Worker {
  return new Worker(new URL('../../workers/download.worker.ts', import.meta.url), {
    type: 'module',
  });
}

function startEvaluationWorker(): Worker {
  return new Worker(new URL('../../workers/evaluation.worker.ts', import.meta.url), {
    type: 'module',
  });
}

function asLoading(progress: GenerationProgress): EvaluationProgress {
  const bytes = 'bytesTotal' in progress ? progress : { bytesDone: 0, bytesTotal: 1 };
  const msLeft = progress.stage === 'download' ? progress.msLeft : null;
  return { stage: 'load', done: bytes.bytesDone, total: bytes.bytesTotal, msLeft };
}
