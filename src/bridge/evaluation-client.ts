import type { DownloadApi } from '../contract/download';
import type { EvaluationApi } from '../contract/evaluation';
import { asLoading } from '../common/loading-progress';
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
  VolumeSegmentation,
} from '../evaluation/report/report';
import { inOwnWorker, ownManifestUrl, WORKERS, type Bridge } from './bridge';
import { downloadCalls, fetchFirst } from './download-client';

interface RunOptions {
  signal: AbortSignal;
  onProgress: (progress: EvaluationProgress) => void;
  manifestUrl?: string;
}

/** How an evaluation is stopped, where its images come from, and where features are kept. */
export interface EvaluationOptions extends RunOptions {
  read: (set: ReadableSet, index: number) => Promise<ImageSource>;
  keep: (computed: ImageFeatures[]) => Promise<void>;
  /** Where a segmenter is to be trained. */
  readMask?: (set: SetName, index: number) => Promise<Blob>;
  /** Networks that are to be trained. */
  learnerIds?: { segmenter?: string; classifier?: string };
  /** What may differ in tests. */
  startEvaluation?: () => Worker;
}

/**
 * Fetches the feature networks that are missing, then compares the images, each in a worker of its own that ends with the
 * run. An abort ends them at once and rejects with `AbortError`.
 */
export async function runEvaluation(
  request: EvaluationRequest,
  options: EvaluationOptions,
): Promise<EvaluationReport> {
  const { onProgress, read, keep, readMask, learnerIds = {} } = options;
  await fetchNetworks([...ofManifest(request), ...Object.values(learnerIds)], options);
  return inEvaluation(options, ({ call }) =>
    call('evaluate', request, onProgress, read, keep, readMask, learnerIds),
  );
}

/** As `runEvaluation`, for copies alone. */
export async function checkCopies(
  request: EvaluationRequest,
  options: RunOptions & Pick<EvaluationOptions, 'read'>,
): Promise<CopyReport> {
  const { onProgress, read } = options;
  await fetchNetworks(ofManifest(request), options);
  return inEvaluation(options, ({ call }) => call('checkCopies', request, onProgress, read));
}

/** Compares volumes; `onProgress` is told a share, 0…1. Ends as `runEvaluation` does. */
export function judgeVolumes(
  sets: VolumeSets,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (share: number) => void },
): Promise<VolumeReport> {
  return inEvaluation({ signal }, ({ call }) => call('judgeVolumes', sets, onProgress));
}

/** Trains segmenters of volumes; fetches the network first, and ends as `runEvaluation` does. */
export async function segmentVolumes(
  sets: VolumeSets,
  learning: { learnerId: string; seed: number; steps: number },
  options: RunOptions,
): Promise<VolumeSegmentation> {
  await fetchNetworks([learning.learnerId], options);
  const { onProgress } = options;
  return inEvaluation(options, ({ call }) => call('segmentVolumes', sets, learning, onProgress));
}

function inEvaluation<T>(
  {
    signal,
    manifestUrl = ownManifestUrl(),
    startEvaluation = WORKERS.evaluation,
  }: Pick<EvaluationOptions, 'signal' | 'manifestUrl' | 'startEvaluation'>,
  work: (worker: Bridge<EvaluationApi>) => Promise<T>,
): Promise<T> {
  return inOwnWorker(startEvaluation, { manifestUrl, signal }, work);
}

/** The user's own network comes with the request. */
function ofManifest({ networks, own }: EvaluationRequest): string[] {
  return networks.filter((id) => id !== own?.id);
}

async function fetchNetworks(
  ids: readonly string[],
  { signal, onProgress, manifestUrl = ownManifestUrl() }: RunOptions,
) {
  const install = async (worker: Bridge<DownloadApi>) => {
    const { installNetwork } = downloadCalls(worker);
    for (const id of ids) await installNetwork(id, { signal, onProgress: asLoading(onProgress) });
  };
  await fetchFirst(inOwnWorker(WORKERS.download, { manifestUrl, signal }, install));
}
