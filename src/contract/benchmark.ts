/** What a benchmark asks, and its answer. Types only. */

import type { BackendChoice, RecordedBackend } from './request';

export interface BenchmarkRequest {
  modelId: string;
  choice: BackendChoice;
  numInferenceSteps: number;
  numImages: number;
}

export interface StageTimes {
  msEncode: number;
  msStep: number;
  msDecode: number;
  msTotal: number;
}

export interface BenchmarkResult {
  modelId: string;
  backend: RecordedBackend;
  numInferenceSteps: number;
  guidanceScale: number;
  numImages: number;
  /** Stored weights to sessions that passed their self-tests. */
  msLoad: number;
  /** The first image, which also compiles what is compiled late, and the medians of those after it. */
  cold: StageTimes;
  warm: StageTimes;
  /** generate() over the bare session runs in it. */
  overheadRatio: number;
  /** The same loop with latents read back to the CPU in each step, over the one that leaves them on the GPU; null on wasm. */
  readBackRatio: number | null;
}

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
