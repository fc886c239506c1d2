/** What the pipeline and the runtime agree on. Types only: no file but session.ts knows ONNX Runtime. */

import type { DType } from './manifest';

/** A tensor on the CPU; `data` is row-major and its class follows `dtype` (float16 is the raw bits, in a Uint16Array). */
export interface TensorData {
  dtype: DType;
  dims: number[];
  data: Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;
}

/** One compiled graph. Feeds and results are keyed by the graph's own input and output names. */
export interface ModelSession {
  run(feeds: Record<string, TensorData>): Promise<Record<string, TensorData>>;
  readonly inputNames: readonly string[];
  release(): Promise<void>;
}
