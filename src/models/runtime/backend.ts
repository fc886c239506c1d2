import type {
  BackendChoice,
  BackendReason,
  BackendReport,
  MissingOfGpu,
} from '../../contract/request';
import type { ModelEntry } from '../manifest/manifest';
import { openGpuDevice, type GpuDevice } from './gpu-device';

/** What graphs run on. `gpu` is null on wasm. */
export interface Backend {
  readonly report: BackendReport;
  readonly gpu: GpuDevice | null;
  readonly numThreads: number;
}

/** The part of the browser that decides the backend. */
export interface Environment {
  gpu: GPU | undefined;
  crossOriginIsolated: boolean;
  hardwareConcurrency: number;
}

/** More threads do not pay: the last cores are the page's, and memory bandwidth is shared. */
const MAX_THREADS = 4;

/** This browser. */
export function readEnvironment(): Environment {
  return {
    gpu: (navigator as { gpu?: GPU }).gpu,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    hardwareConcurrency: navigator.hardwareConcurrency || 1,
  };
}

/** wasm threads need shared memory, which only cross-origin isolated pages have. */
export function wasmThreads({ crossOriginIsolated, hardwareConcurrency }: Environment): number {
  return crossOriginIsolated ? Math.min(hardwareConcurrency, MAX_THREADS) : 1;
}

/**
 * Opens what the choice asks for. 'auto' is a real GPU or else the CPU; 'webgpu' takes a software adapter too, and
 * rejects with `NoWebGpu` or `NoAdapter` where there is none.
 */
export async function openBackend(
  choice: BackendChoice,
  environment: Environment = readEnvironment(),
): Promise<Backend> {
  if (choice === 'wasm') return wasmBackend({ kind: 'choseCpu' }, environment);
  if (choice === 'webgpu') {
    const gpu = await openGpuDevice(environment.gpu, { allowFallback: true });
    return webgpuBackend(gpu, { kind: 'choseWebGpu' }, environment);
  }
  try {
    const gpu = await openGpuDevice(environment.gpu, { allowFallback: false });
    return webgpuBackend(gpu, { kind: 'fastest' }, environment);
  } catch (error) {
    return wasmBackend(whyNoDevice(error as Error), environment);
  }
}

/** The same, unless the model asks for more than the device has. */
export async function openBackendFor(
  { requirements }: Pick<ModelEntry, 'requirements'>,
  choice: BackendChoice,
): Promise<Backend> {
  const backend = await openBackend(choice);
  const missing = missingRequirement(backend, requirements);
  if (missing === null) return backend;
  backend.gpu?.destroy();
  return wasmBackend({ kind: 'gpuLacks', missing });
}

/** The CPU, with the reason why. */
export function wasmBackend(
  reason: BackendReason,
  environment: Environment = readEnvironment(),
): Backend {
  const numThreads = wasmThreads(environment);
  const device = numThreads === 1 ? '1 thread' : `${numThreads} threads`;
  return { report: { backend: 'wasm', device, reason }, gpu: null, numThreads };
}

function whyNoDevice({ name }: Error): BackendReason {
  if (name === 'NoWebGpu') return { kind: 'noWebGpu' };
  return { kind: name === 'NoAdapter' ? 'noAdapter' : 'deviceRefused' };
}

function webgpuBackend(gpu: GpuDevice, reason: BackendReason, environment: Environment): Backend {
  return {
    report: { backend: 'webgpu', device: gpu.description, reason },
    gpu,
    numThreads: wasmThreads(environment),
  };
}

/** Whether graphs may compute in float16. */
export function hasHalf({ gpu }: Pick<Backend, 'gpu'>): boolean {
  return gpu?.device.features.has('shader-f16') ?? false;
}

/** What a WebGPU device lacks of what a model needs; null where it lacks nothing. */
export function missingRequirement(
  { gpu }: Backend,
  requirements: ModelEntry['requirements'],
): MissingOfGpu | null {
  if (!gpu) return null;
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits;
  const maxBufferBytes = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  return missingFrom({ features: gpu.device.features, maxBufferBytes }, requirements);
}

/** wasm can address 4 GiB, and a browser that does not say how much memory there is may have as little. */
const ASSUMED_BYTES = 4 * 2 ** 30;

/** Whether a model needs more than half of what memory there is: then its graphs should not all be loaded at once. */
export function memoryIsShort(
  { gpu }: Backend,
  { peakMemoryBytes }: ModelEntry['requirements'],
  { deviceMemory }: { deviceMemory?: number } = navigator as { deviceMemory?: number },
): boolean {
  const bytes = deviceMemory === undefined ? ASSUMED_BYTES : deviceMemory * 2 ** 30;
  return peakMemoryBytes > (gpu ? bytes : Math.min(bytes, ASSUMED_BYTES)) / 2;
}

/** As `missingRequirement`, for a device, or an adapter, that nobody has opened. */
export function missingFrom(
  gpu: { features: { has(name: string): boolean }; maxBufferBytes: number },
  { features, maxBufferBytes }: ModelEntry['requirements'],
): MissingOfGpu | null {
  const missing = features.filter((feature) => !gpu.features.has(feature));
  if (missing.length > 0) return { features: missing };
  return gpu.maxBufferBytes < maxBufferBytes
    ? { bufferBytes: maxBufferBytes, hasBytes: gpu.maxBufferBytes }
    : null;
}
