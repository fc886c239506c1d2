/** The worker that makes pictures. Types only. */

import type { BenchmarkRequest, BenchmarkResult } from './benchmark';
import type { GeneratedImage, GenerationProgress, TextReading } from './picture';
import type { BackendChoice, BackendReason, BackendReport, GenerationRequest } from './request';

export interface WorkerSetup {
  /** Absolute URL of model-manifest.json; a model's `baseUrl` is seen from there. */
  manifestUrl: string;
  /** Given: run on the CPU whatever is chosen, and report this (the graphics device was lost too often, say). */
  cpuReason?: BackendReason;
  /** The inference worker fetches what is not stored into its own memory, for this session. */
  sessionWeights?: boolean;
}

export interface InferenceApi {
  init(setup: WorkerSetup): void;
  /** Starts the runtime where the model is stored, so that `prepare`, which may soon be asked for, finds it running. */
  warm(modelId: string): Promise<void>;
  /** Rejects with `RequestInvalid` where the model cannot do this; needs no weights, and answers beside a running job. */
  check(request: GenerationRequest): Promise<void>;
  /**
   * What a model makes of these texts; null where it is not stored yet. Answers beside a running job. `learnedWords`: of
   * tuned models, which then are known too.
   */
  readTexts(
    modelId: string,
    texts: string[],
    learnedWords?: string[],
  ): Promise<TextReading[] | null>;
  /**
   * Loads a model so that the next `generate` starts at once. Weights must be installed already, except where the
   * browser denies IndexedDB: then they are fetched into this worker's memory, for this session only.
   * Rejects with a named error (see src/errors.ts); `AbortError` once cancelled.
   */
  prepare(
    jobId: string,
    modelId: string,
    choice: BackendChoice,
    onProgress: (progress: GenerationProgress) => void,
  ): Promise<BackendReport>;
  generate(
    jobId: string,
    request: GenerationRequest,
    choice: BackendChoice,
    onProgress: (progress: GenerationProgress) => void,
  ): Promise<GeneratedImage>;
  /** Makes images of an installed model and times them. */
  benchmark(
    jobId: string,
    request: BenchmarkRequest,
    onProgress: (progress: GenerationProgress) => void,
  ): Promise<BenchmarkResult>;
  cancel(jobId: string): void;
  /** For tests and for "what if": destroys the GPU device under the running job. */
  loseDevice(): void;
}
