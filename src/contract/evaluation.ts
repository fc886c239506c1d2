/** The worker that compares images. Types only. */

import type { WorkerSetup } from './inference';
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

export interface EvaluationApi {
  init(setup: WorkerSetup): void;
  /**
   * Compares sets of images. `read` is asked for one image at a time, `keep` is given what was computed for a later run.
   * Networks that are not installed are fetched into memory. `readMask` is asked where segmenters are trained;
   * `learnerIds` names the networks that are.
   */
  evaluate(
    request: EvaluationRequest,
    onProgress: (progress: EvaluationProgress) => void,
    read: (set: ReadableSet, index: number) => Promise<ImageSource>,
    keep: (computed: ImageFeatures[]) => Promise<void>,
    readMask?: (set: SetName, index: number) => Promise<Blob>,
    learnerIds?: { segmenter?: string; classifier?: string },
  ): Promise<EvaluationReport>;
  /** Only the copy check of `evaluate`, with the first of the request's networks. */
  checkCopies(
    request: EvaluationRequest,
    onProgress: (progress: EvaluationProgress) => void,
    read: (set: ReadableSet, index: number) => Promise<ImageSource>,
  ): Promise<CopyReport>;
  /** Compares volumes; `onProgress` is told a share, 0…1. */
  judgeVolumes(sets: VolumeSets, onProgress: (share: number) => void): Promise<VolumeReport>;
  /** Trains segmenters of volumes, `steps` each, on real and synthetic ones: do these help? */
  segmentVolumes(
    sets: VolumeSets,
    learning: { learnerId: string; seed: number; steps: number },
    onProgress: (progress: EvaluationProgress) => void,
  ): Promise<VolumeSegmentation>;
}
