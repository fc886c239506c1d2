/** The worker that fine-tunes. Types only. */

import type { WorkerSetup } from './inference';
import type { FinetuneJob, FinetuneOutcome, FinetuneReport, KeptPart } from '../finetune/run';

/** finetune.worker.ts: one run in each; ended by whoever started it, which is how a run is cancelled. */
export interface FinetuneApi {
  init(setup: WorkerSetup): void;
  /** Encodes, trains, reports. `read` is asked for one image at a time. */
  run(
    job: FinetuneJob,
    onReport: (report: FinetuneReport) => void,
    read: (index: number) => Promise<Blob>,
    keep: (part: KeptPart) => Promise<void>,
  ): Promise<FinetuneOutcome>;
  /** Ends the run after its step, with a checkpoint. */
  pause(): void;
}
