/** What the pipeline and the runtime agree on. Types only: no file but session.ts knows ONNX Runtime. */

import type { DType } from '../manifest/manifest';

/** A tensor on the CPU; `data` is row-major and its class follows `dtype` (float16 is the raw bits, in a Uint16Array). */
export interface TensorData {
  dtype: DType;
  dims: number[];
  data: Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;
}

/** A tensor in a buffer of the device that the session runs on; whoever made the buffer destroys it. */
export interface GpuTensor {
  dtype: DType;
  dims: number[];
  buffer: GPUBuffer;
}

/** What a graph input may be given. */
export type Feed = TensorData | GpuTensor;

/** One compiled graph. Feeds and results are keyed by the graph's own input and output names. */
export interface ModelSession {
  run(feeds: Record<string, Feed>): Promise<Record<string, TensorData>>;
  /**
   * Writes the outputs into the buffers of `results` and resolves once the work is queued, not done. Absent where the
   * session does not run on a GPU.
   */
  runInto?(feeds: Record<string, Feed>, results: Record<string, GpuTensor>): Promise<void>;
  readonly inputNames: readonly string[];
  /** By input, a string for a free dimension; absent in sessions that nobody asks. */
  readonly inputShapes?: Readonly<Record<string, readonly (number | string)[]>>;
  /** Whether its runs repeat recorded commands; see graph-capture.ts. */
  readonly replays?: boolean;
  release(): Promise<void>;
}
