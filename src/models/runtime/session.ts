import type * as Ort from 'onnxruntime-web/webgpu';
import { readEnvironment, wasmThreads, type Backend } from './backend';
import type { GpuDevice } from './gpu-device';
import { replayed, type FixedTensors, type RecordingSession } from './graph-capture';
import type { DType } from '../manifest/manifest';
import { chooseBuild, RUNTIME_BUILDS, unpackWasm } from './runtime';
import { nameRuntimeError } from './runtime-errors';
import type { Feed, GpuTensor, ModelSession, TensorData } from './session-types';
import { SteadyBlob } from '../../common/steady-blob';

/** A graph and the external data it names, as Blobs. */
export interface GraphFiles {
  graph: Blob;
  weights: { name: string; blob: Blob }[];
  /** All inputs and outputs, of a graph that has no free dimension and may be recorded and replayed on a GPU, for more memory there. */
  fixed?: FixedTensors;
  /** See `Component`. */
  channelsFirst?: boolean;
}

/** Compiles a graph for a backend. Rejects with `DeviceLost`, `OutOfMemory`, `ModelUnsupported`, `RuntimeFailed`. */
export async function openSession(files: GraphFiles, backend: Backend): Promise<ModelSession> {
  const { gpu } = backend;
  const replaying =
    gpu && files.fixed && (await gpu.tolerating(() => openReplayed(files, backend, gpu)));
  if (replaying) return replaying;
  const { ort, session } = await create(files, backend, {});
  return {
    inputNames: session.inputNames,
    inputShapes: shapesOf(session),
    async run(feeds) {
      const results = await guarded(backend, async () => {
        const results = await session.run(toOrtAll(ort, feeds));
        await gpu?.trustworthy();
        return results;
      });
      return mapValues(results, fromOrt);
    },
    runInto: gpu
      ? async (feeds, results) => {
          const [tensors, outputs] = [toOrtAll(ort, feeds), toOrtAll(ort, results)];
          await guarded(backend, () => session.run(tensors, outputs));
        }
      : undefined,
    release: () => session.release(),
  };
}

/** Null where the graph cannot be recorded, as a part of it runs on the CPU, or is repeated wrongly. */
async function openReplayed(files: GraphFiles, backend: Backend, gpu: GpuDevice) {
  let release: (() => Promise<void>) | null = null;
  try {
    const { ort, session } = await create(files, backend, {
      ...RECORDING,
      freeDimensionOverrides: files.fixed?.free,
    });
    release = () => session.release();
    const run: RecordingSession['run'] = (feeds, results) =>
      guarded(backend, async () => {
        await session.run(toOrtAll(ort, feeds), toOrtAll(ort, results));
      });
    const { inputNames } = session;
    const replaying = await replayed({ inputNames, run, release }, files.fixed!, gpu);
    if (replaying) return replaying;
  } catch (error) {
    // A recording that the device refuses is no loss: what follows runs without one.
    if (gpu.lost || (error as Error).name === 'OutOfMemory') throw error;
  }
  await release?.().catch(() => undefined); // another session is made, whatever became of this one
  return null;
}

/** Without it the provider moves channels to the end and back, around each node that wants them in front. */
function layoutOf({ channelsFirst }: GraphFiles) {
  return channelsFirst ? { preferredLayout: 'NCHW' as const } : {};
}

type SessionOptions = Ort.InferenceSession.SessionOptions;

/** Commands are recorded between buffers of the GPU only. */
const RECORDING: SessionOptions = {
  enableGraphCapture: true,
  preferredOutputLocation: 'gpu-buffer',
};

async function create(files: GraphFiles, backend: Backend, options: SessionOptions) {
  const graph = new Uint8Array(await files.graph.arrayBuffer());
  return guarded(backend, async () => {
    const [ort, externalData] = await Promise.all([
      startRuntime(backend.numThreads),
      readWeights(files),
    ]);
    const make = (prepacked: boolean) =>
      ort.InferenceSession.create(graph, {
        executionProviders: backend.gpu
          ? [{ name: 'webgpu', device: backend.gpu.device, ...layoutOf(files) }]
          : ['wasm'],
        externalData,
        extra: {
          session: {
            disable_quant_qdq: isSmall(files) ? '1' : '0',
            disable_prepacking: prepacked ? '0' : '1',
          },
        },
        logSeverityLevel: 3,
        ...options,
      });
    const session = await make(true).catch((error: unknown) => {
      if (!lacksHalf(backend, error)) throw error;
      return make(false);
    });
    return { ort, session };
  });
}

/**
 * Whether there is memory for the weights more than once. Beyond 256 MiB four times as many bytes, as float32 takes, may
 * not fit into the 4 GiB of wasm.
 *
 * The int8 weights of such a graph become float32 once, when the session is made, and not again at every step: the
 * runtime folds DequantizeLinear nodes as constants only where its own fusions of quantized graphs are off. It halves a
 * step of the shipped model on wasm, for 250 MB more at the peak. On a GPU it saves 104 of 588 kernels of a step, for the
 * weights of convolutions are then turned over once too (docs/proofs.md).
 */
function isSmall({ weights }: GraphFiles): boolean {
  return weights.reduce((sum, { blob }) => sum + blob.size, 0) <= 256 * 2 ** 20;
}

/**
 * Small weights are read whole: out of a Blob the runtime reads tensor by tensor, and four hundred such reads took longer
 * than all else that makes a session (docs/benchmarks.md). Large ones stay on the disk until a tensor is asked for.
 */
function readWeights(files: GraphFiles) {
  const small = isSmall(files);
  return Promise.all(
    files.weights.map(async ({ name, blob }) => ({
      path: name,
      data: small ? new Uint8Array(await blob.arrayBuffer()) : new SteadyBlob(blob),
    })),
  );
}

/**
 * A device without float16 arithmetic: the provider turns weights of convolutions over in float16 as it makes the session,
 * and fails there. Without that the session loads; what such a device cannot do is to run it.
 */
function lacksHalf({ gpu }: Backend, error: unknown): boolean {
  const refused = /requires f16/.test((error as Error).message);
  return !!gpu && !gpu.device.features.has('shader-f16') && refused;
}

/** The smallest graph there is: one number, which stays what it is. */
const NOTHING =
  'CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBE=';

/**
 * Starts the runtime with nothing to run. Its module is then compiled and its tables of operators are filled, which is most
 * of what the first session of a worker takes.
 */
export async function warmRuntime(): Promise<void> {
  const ort = await startRuntime(wasmThreads(readEnvironment()));
  const graph = Uint8Array.from(atob(NOTHING), (character) => character.charCodeAt(0));
  const session = await ort.InferenceSession.create(graph, { executionProviders: ['wasm'] });
  await session.release();
}

let unpackedWasm: Promise<string> | null = null;

/** The build that this browser uses, and no other. It reads its settings once, when its wasm module starts. */
async function startRuntime(numThreads: number): Promise<typeof Ort> {
  const build = chooseBuild();
  const ort = await (build === 'jspi'
    ? import('onnxruntime-web/jspi')
    : import('onnxruntime-web/webgpu'));
  const absolute = (url: string) => new URL(url, globalThis.location.href).href;
  const mjsUrl = absolute(RUNTIME_BUILDS[build].mjsUrl);
  const wasmGzUrl = absolute(RUNTIME_BUILDS[build].wasmGzUrl);
  unpackedWasm ??= unpackWasm({ mjsUrl, wasmGzUrl });
  ort.env.wasm.wasmPaths = { mjs: mjsUrl, wasm: await unpackedWasm };
  ort.env.wasm.numThreads = numThreads;
  ort.env.logLevel = 'error';
  return ort;
}

/**
 * Runs `work` on the backend's device. Once that is lost nothing starts, for the runtime would wait for ever, and
 * nothing is returned, for a lost device may answer with zeros.
 */
async function guarded<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  const { gpu } = backend;
  if (gpu?.loss) throw gpu.loss;
  const running = work();
  try {
    const result = await (gpu ? gpu.untilLost(running) : running);
    if (gpu?.loss) throw gpu.loss;
    return result;
  } catch (error) {
    if (gpu) await settleLoss(gpu, running);
    throw gpu?.loss ?? nameRuntimeError(error, !!gpu);
  }
}

/**
 * The runtime's own complaint about a lost device comes a moment before the loss, or after it; a session must not be
 * released under a call that is still going on.
 */
async function settleLoss(gpu: GpuDevice, running: Promise<unknown>) {
  await gpu.untilLost(wait(50)).catch(() => undefined);
  if (gpu.lost) await Promise.race([running.catch(() => undefined), wait(1000)]);
}

function wait(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function shapesOf({ inputMetadata }: Ort.InferenceSession) {
  return Object.fromEntries(
    inputMetadata.flatMap((input) => (input.isTensor ? [[input.name, input.shape] as const] : [])),
  );
}

function toOrtAll(ort: typeof Ort, values: Record<string, Feed>) {
  return mapValues(values, (value) => toOrt(ort, value));
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

function toOrt(ort: typeof Ort, value: TensorData | GpuTensor): Ort.Tensor {
  const { dtype, dims } = value;
  // The unions are wider than each overload; `dtype` says which it is.
  const dataType = dtype as 'float32';
  return 'buffer' in value
    ? ort.Tensor.fromGpuBuffer(value.buffer, { dataType, dims })
    : new ort.Tensor(dataType, value.data as Float32Array, dims);
}

function fromOrt(tensor: Ort.Tensor): TensorData {
  const data = tensor.data as Exclude<TensorData['data'], Uint16Array>;
  return {
    dtype: tensor.type as DType,
    dims: [...tensor.dims],
    // Newer browsers answer with a Float16Array.
    data:
      tensor.type === 'float16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data,
  };
}
