import { fromFloat16 } from './float16';
import type { GpuDevice } from './gpu-device';
import { createGpuTensor, readGpuBuffer, tensorBytes, writeGpuBuffer } from './gpu-tensor';
import type { Component, DType, GraphValue } from '../manifest/manifest';
import type { Feed, GpuTensor, ModelSession } from './session-types';

/** A session that records the commands of its first run and repeats them at every other. */
export interface RecordingSession {
  readonly inputNames: readonly string[];
  /** Always with the same buffers: the commands are bound to them. Resolves once the work is queued. */
  run(feeds: Record<string, GpuTensor>, results: Record<string, GpuTensor>): Promise<void>;
  release(): Promise<void>;
}

/** What goes into a graph that has no free dimension, and what comes out. */
export interface FixedTensors {
  inputs: FixedTensor[];
  outputs: FixedTensor[];
  /** Sizes of dimensions that the graph itself leaves free. */
  free?: Record<string, number>;
}

interface FixedTensor {
  name: string;
  dtype: DType;
  dims: number[];
}

/** Undefined where the manifest leaves a dimension free, except a batch of which it allows one row a run. */
export function fixedTensors({
  inputs,
  outputs,
  maxBatch,
}: Pick<Component, 'inputs' | 'outputs' | 'maxBatch'>): FixedTensors | undefined {
  const batch = inputs.latents?.shape[0];
  const oneRow = maxBatch === 1 && typeof batch === 'string' ? batch : null;
  const fix = (values: Record<string, GraphValue>) =>
    Object.values(values).map(({ name, dtype, shape }) => ({
      name,
      dtype,
      dims: shape.map((size) => (size === oneRow ? 1 : Number(size))),
    }));
  const free = oneRow === null ? {} : { [oneRow]: 1 };
  const tensors = { inputs: fix(inputs), outputs: fix(outputs), free };
  const sizes = [...tensors.inputs, ...tensors.outputs].flatMap(({ dims }) => dims);
  return sizes.some(Number.isNaN) ? undefined : tensors;
}

/** How far a replay may be off its recording, of that one's largest value. */
const TOLERANCE = 1e-3;

/**
 * A session of which each run is the replay of one recording, so that the runtime does not walk the graph again. Null
 * where replays are wrong, which the runtime does not notice itself (onnxruntime issue 29594): a recording and two replays
 * of the same numbers are compared here. Who gets null releases the session and opens one that records nothing.
 */
export async function replayed(
  session: RecordingSession,
  fixed: FixedTensors,
  gpu: GpuDevice,
): Promise<ModelSession | null> {
  const { device } = gpu;
  const allocate = (tensors: readonly FixedTensor[]) =>
    Object.fromEntries(
      tensors.map(({ name, dtype, dims }) => [name, createGpuTensor(device, dtype, dims)]),
    );
  const [inputs, outputs] = [allocate(fixed.inputs), allocate(fixed.outputs)];
  const destroy = () => {
    for (const { buffer } of [...Object.values(inputs), ...Object.values(outputs)]) {
      buffer.destroy();
    }
  };

  async function feed(feeds: Record<string, Feed>) {
    for (const [name, value] of Object.entries(feeds)) copyInto(device, inputs[name], value);
    await session.run(inputs, outputs);
  }
  const read = () => Promise.all(Object.values(outputs).map((tensor) => readTensor(gpu, tensor)));

  try {
    for (const tensor of Object.values(inputs)) fillWithWaves(device, tensor);
    const answers: Float32Array[][] = [];
    for (const _ of ['recording', 'replay', 'replay']) {
      await feed({});
      answers.push((await read()).map(toNumbers));
    }
    const [recorded, ...replays] = answers;
    if (!replays.every((replay) => isClose(replay, recorded))) {
      destroy();
      return null;
    }
  } catch (error) {
    destroy();
    throw error;
  }
  return {
    replays: true,
    inputNames: session.inputNames,
    inputShapes: Object.fromEntries(fixed.inputs.map(({ name, dims }) => [name, dims])),
    async run(feeds) {
      await feed(feeds);
      const tensors = await read();
      return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, tensors[i]]));
    },
    async runInto(feeds, results) {
      await feed(feeds);
      for (const [name, result] of Object.entries(results)) copyInto(device, result, outputs[name]);
    },
    async release() {
      await session.release();
      destroy();
    },
  };
}

function copyInto(device: GPUDevice, { buffer }: GpuTensor, from: Feed) {
  if ('data' in from) return writeGpuBuffer(device, buffer, from.data);
  const encoder = device.createCommandEncoder();
  const bytes = Math.ceil(tensorBytes(from.dtype, from.dims) / 4) * 4;
  encoder.copyBufferToBuffer(from.buffer, 0, buffer, 0, bytes);
  device.queue.submit([encoder.finish()]);
}

/** Numbers of which no two neighbours are alike: small ones, since an input may be an index. */
function fillWithWaves(device: GPUDevice, tensor: GpuTensor) {
  const length = tensor.dims.reduce((product, size) => product * size, 1);
  if (tensor.dtype === 'float32') {
    const data = Float32Array.from({ length }, (_, i) => Math.sin(i));
    writeGpuBuffer(device, tensor.buffer, data);
  }
  if (tensor.dtype === 'float16') {
    // ±1 and ±½, as bits.
    const data = Uint16Array.from({ length }, (_, i) => [0x3c00, 0xb800, 0x3800, 0xbc00][i % 4]);
    writeGpuBuffer(device, tensor.buffer, data);
  }
}

async function readTensor(gpu: GpuDevice, { dtype, dims, buffer }: GpuTensor) {
  const bytes = await readGpuBuffer(gpu, buffer, tensorBytes(dtype, dims));
  const data = dtype === 'float16' ? new Uint16Array(bytes) : new Float32Array(bytes);
  return { dtype, dims, data };
}

function toNumbers({ dtype, data }: { dtype: DType; data: Uint16Array | Float32Array }) {
  return dtype === 'float16' ? Float32Array.from(data, fromFloat16) : Float32Array.from(data);
}

/** Whether each array is within the tolerance of its own; what is no number is not. */
function isClose(actual: Float32Array[], expected: Float32Array[]): boolean {
  return expected.every((numbers, k) => {
    const largest = numbers.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    return numbers.every((x, i) => Math.abs(actual[k][i] - x) <= TOLERANCE * largest);
  });
}
