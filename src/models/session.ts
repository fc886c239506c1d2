import * as ort from 'onnxruntime-web/webgpu';
import mjsUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import { appError } from '../errors';
import type { Backend } from './backend';
import type { GpuDevice } from './gpu-device';
import type { DType } from './manifest';
import type { ModelSession, TensorData } from './session-types';

/** A graph and the external data it names, as Blobs. */
export interface GraphFiles {
  graph: Blob;
  weights: { name: string; blob: Blob }[];
}

/** Compiles a graph for a backend. Rejects with `DeviceLost`, `OutOfMemory` or `ModelUnsupported`. */
export async function openSession(files: GraphFiles, backend: Backend): Promise<ModelSession> {
  configureRuntime(backend.numThreads);
  const graph = new Uint8Array(await files.graph.arrayBuffer());
  const session = await guarded(backend, () =>
    ort.InferenceSession.create(graph, {
      executionProviders: backend.gpu ? [{ name: 'webgpu', device: backend.gpu.device }] : ['wasm'],
      externalData: files.weights.map(({ name, blob }) => ({ path: name, data: blob })),
      extra: { session: { disable_quant_qdq: foldsWeights(files, backend) ? '1' : '0' } },
      logSeverityLevel: 3,
    }),
  );
  return {
    inputNames: session.inputNames,
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, value]) => [name, toOrt(value)] as const);
      const results = await guarded(backend, () => session.run(Object.fromEntries(tensors)));
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]),
      );
    },
    release: () => session.release(),
  };
}

/** Beyond this many bytes of weights, four times as many as float32 may not fit into the 4 GiB of wasm. */
const MAX_FOLDED_BYTES = 256 * 2 ** 20;

/**
 * Whether int8 weights become float32 once, when the session is made, and not again at every step: the runtime folds
 * DequantizeLinear nodes as constants only where its own fusions of quantized graphs are off. It halves a step of the
 * shipped model on wasm, for 250 MB more at the peak. On a software GPU it changed nothing.
 */
function foldsWeights({ weights }: GraphFiles, { gpu }: Backend): boolean {
  const bytes = weights.reduce((sum, { blob }) => sum + blob.size, 0);
  return !gpu && bytes <= MAX_FOLDED_BYTES;
}

/** The runtime reads these once, when its wasm module starts. */
function configureRuntime(numThreads: number) {
  const here = globalThis.location.href;
  ort.env.wasm.wasmPaths = { mjs: new URL(mjsUrl, here).href, wasm: new URL(wasmUrl, here).href };
  ort.env.wasm.numThreads = numThreads;
  ort.env.logLevel = 'error';
}

/**
 * Runs `work` on the backend's device. Once that is lost nothing starts, for the runtime would wait for ever, and
 * nothing is returned, for a lost device may answer with zeros.
 */
async function guarded<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  const { gpu } = backend;
  if (gpu?.lost) return gpu.whenLost;
  const running = work();
  try {
    const result = await (gpu ? Promise.race([running, gpu.whenLost]) : running);
    return gpu?.lost ? await gpu.whenLost : result;
  } catch (error) {
    if (gpu) await settleLoss(gpu, running);
    throw gpu?.lost ? await gpu.whenLost.catch((loss: unknown) => loss) : nameRuntimeError(error);
  }
}

/**
 * The runtime's own complaint about a lost device comes a moment before the loss, or after it; a session must not be
 * released under a call that is still going on.
 */
async function settleLoss(gpu: GpuDevice, running: Promise<unknown>) {
  const ended = [running, gpu.whenLost].map((promise) => promise.catch(() => undefined));
  await Promise.race([Promise.all(ended), wait(gpu.lost ? 1000 : 50)]);
}

function wait(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What browsers and the runtime say when the runtime's own .mjs or .wasm does not come. */
const NOT_FETCHED =
  /imported module|importing a module|fetching of the wasm failed|failed to fetch|NetworkError/i;

function nameRuntimeError(error: unknown): unknown {
  const { message } = error as Error;
  if (NOT_FETCHED.test(message)) {
    return appError(
      'NetworkFailed',
      `ONNX Runtime could not be fetched from this app's server (${message}). Check the connection and ` +
        'try again, or reload the page.',
      error,
    );
  }
  if (/bad_alloc|out of memory|allocation failed|memory access out of bounds/i.test(message)) {
    return appError(
      'OutOfMemory',
      'There was not enough memory for this model. Close other tabs and programs, or choose a smaller ' +
        `model. (${message})`,
      error,
    );
  }
  return appError(
    'ModelUnsupported',
    `ONNX Runtime cannot run this model here: ${message}. Choose the CPU (wasm) or another model.`,
    error,
  );
}

function toOrt({ dtype, dims, data }: TensorData): ort.Tensor {
  // The union of array classes is wider than each overload; `dtype` says which it is.
  return new ort.Tensor(dtype as 'float32', data as Float32Array, dims);
}

function fromOrt(tensor: ort.Tensor): TensorData {
  const data = tensor.data as Exclude<TensorData['data'], Uint16Array>;
  return {
    dtype: tensor.type as DType,
    dims: [...tensor.dims],
    // Newer browsers answer with a Float16Array.
    data:
      tensor.type === 'float16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data,
  };
}
