/** What the page and the workers agree on. Types only: importing this file runs no code. */

export type BackendChoice = 'auto' | 'webgpu' | 'wasm';

/** Where the model runs, and why there: `reason` is one plain sentence for the user. */
export interface BackendReport {
  backend: 'webgpu' | 'wasm';
  /** Adapter description ("NVIDIA RTX 3060"), or "2 threads". */
  device: string;
  reason: string;
}

export type SchedulerName = 'flow-match-euler' | 'ddim';

/** Everything that decides the pixels. Plain data; saved inside every PNG and read back from it. */
export interface GenerationRequest {
  modelId: string;
  prompt: string;
  negativePrompt: string;
  /** 0…2³²−1. */
  seed: number;
  /** Position in a batch of one seed; each index has its own noise stream. 0…2³²−1. */
  imageIndex: number;
  numInferenceSteps: number;
  guidanceScale: number;
  scheduler: SchedulerName;
  /** In the unit the manifest states; an absent key is "not asked for". */
  covariates: Record<string, number>;
}

/** Small RGBA picture of the state so far; a `Uint8ClampedArray` of width·height·4. */
export interface Preview {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type GenerationProgress =
  | { stage: 'queued' }
  | { stage: 'download'; bytesDone: number; bytesTotal: number; msLeft: number | null }
  | { stage: 'verify'; bytesDone: number; bytesTotal: number }
  | { stage: 'compile'; component: string; done: number; total: number }
  | { stage: 'self-test' }
  | { stage: 'encode' }
  | { stage: 'denoise'; step: number; numSteps: number; msLeft: number | null; preview?: Preview }
  | { stage: 'decode' }
  | { stage: 'save' };

export interface Timing {
  msTotal: number;
  /** Mean of the denoising steps. */
  msPerStep: number;
  msEncode: number;
  msDecode: number;
  /** Sum of the bare ONNX session runs inside this image; msTotal over it is the overhead ratio. */
  msSessions: number;
}

export interface GeneratedImage {
  png: Blob;
  width: number;
  height: number;
  request: GenerationRequest;
  backend: BackendReport;
  timing: Timing;
  /** Words of the prompt outside the model's vocabulary, in order. */
  unknownWords: string[];
  /** Words at the end of the prompt that the text encoder has no room for, in order; nothing of them is drawn. */
  ignoredWords: string[];
  /** sha256 of the model's manifest entry, hex: names exactly these weights. */
  modelHash: string;
}

/** What a worker is told once, before anything else. */
export interface WorkerSetup {
  /** Absolute URL of model-manifest.json; a model's `baseUrl` is seen from there. */
  manifestUrl: string;
  /** Given: run on the CPU whatever is chosen, and say this (the graphics device was lost too often, say). */
  cpuReason?: string;
}

/** inference.worker.ts. One job at a time; a second call waits its turn. */
export interface InferenceApi {
  init(setup: WorkerSetup): void;
  /** Rejects with `RequestInvalid` where the model cannot do this; needs no weights, and answers beside a running job. */
  check(request: GenerationRequest): Promise<void>;
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
  cancel(jobId: string): void;
  /** For tests and for "what if": destroys the GPU device under the running job. */
  loseDevice(): void;
}

/** download.worker.ts: the only writer of weights. */
export interface DownloadApi {
  init(setup: WorkerSetup): void;
  /**
   * Fetches what is missing, checks each shard's sha256, stores it; resolves once the model is marked installed.
   * Where the browser denies IndexedDB it resolves at once, and `prepare` fetches for this session only.
   */
  install(
    jobId: string,
    modelId: string,
    onProgress: (progress: GenerationProgress) => void,
  ): Promise<void>;
  isInstalled(modelId: string): Promise<boolean>;
  remove(modelId: string): Promise<void>;
  cancel(jobId: string): void;
}

/** compare-backends.worker.ts: two runs of one graph on the same inputs. */
export interface BackendComparison {
  /** Largest |webgpu − wasm|, absolute. */
  maxDeviation: number;
  /** Largest |wasm|: what the deviation is to be seen against. */
  maxAbs: number;
  numValues: number;
  msWasm: number;
  msWebgpu: number;
  webgpuDevice: string;
}
