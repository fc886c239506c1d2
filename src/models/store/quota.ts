import { appError } from '../../errors';
import { missingFrom } from '../runtime/backend';
import type { MissingOfGpu } from '../../contract/request';
import type { ModelEntry } from '../manifest/manifest';

/** What a device has to offer a model. Null: the browser does not say. */
export interface Device {
  freeBytes: number | null;
  memoryBytes: number | null;
  /** Of the WebGPU device; null where there is none. */
  gpu: { features: ReadonlySet<string>; maxBufferBytes: number } | null;
}

/** What a model asks for, as far as it decides where it can run. */
export interface Demand {
  title: string;
  /** Still to be stored. */
  bytes: number;
  requirements: ModelEntry['requirements'];
}

/** A model that is stored, and could make room. */
export interface Stored {
  title: string;
  bytes: number;
}

/** What speaks against a model on a device; src/views/models/fit-words.ts says it in the language of the page. */
export type Misfit =
  | { kind: 'noRoom'; title: string; bytes: number; freeBytes: number; inItsPlace: Stored | null }
  | { kind: 'gpuLacks'; missing: MissingOfGpu }
  | { kind: 'tooMuchForCpu'; title: string; bytes: number; mostBytes: number }
  | { kind: 'littleMemory'; title: string; bytes: number; memoryBytes: number };

/** The answer before a download: whether it may start, and what there is to say. */
export interface FitReport {
  fits: boolean;
  misfits: Misfit[];
}

/** wasm addresses 32 bits; beyond 3 GiB its allocator gives up in practice. */
const MAX_WASM_BYTES = 3 * 2 ** 30;

/** Sure to fail; the others only slow it down, or may. */
const BLOCKING = new Set<Misfit['kind']>(['noRoom', 'tooMuchForCpu']);

/** Compares what a model needs with what this device has. Only what is sure to fail stands in the way. */
export function checkFit(demand: Demand, device: Device, stored: Stored[]): FitReport {
  const gpu = lackOfGpu(demand, device);
  const found = [
    lackOfRoom(demand, device, stored),
    gpu,
    lackOfMemory(demand, device, gpu !== null),
  ];
  const misfits = found.filter((misfit) => misfit !== null);
  return { fits: !misfits.some(({ kind }) => BLOCKING.has(kind)), misfits };
}

/** Rejects with `QuotaExceeded` where the browser says beforehand that there is no room. */
export async function checkRoom(title: string, bytes: number) {
  const freeBytes = await readFreeBytes();
  if (freeBytes === null || bytes <= freeBytes) return;
  throw appError(
    'QuotaExceeded',
    `${title} needs ${gigabytes(bytes)} of storage, ${gigabytes(freeBytes)} is free. Free some disk space or ` +
      'delete another model, then try again.',
  );
}

/** What the browser would still let this site store; an upper bound, for other sites share the disk. */
export async function readFreeBytes(): Promise<number | null> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined;
  const estimate = await storage?.estimate?.().catch(() => undefined);
  if (estimate?.quota === undefined) return null;
  return Math.max(0, estimate.quota - (estimate.usage ?? 0));
}

/** This device, as far as the browser tells. */
export async function readDevice(gpu: GPU | undefined): Promise<Device> {
  const adapter = await gpu?.requestAdapter().catch(() => null);
  // Rounded by the browser, and in gigabytes.
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return {
    freeBytes: await readFreeBytes(),
    memoryBytes: deviceMemory === undefined ? null : deviceMemory * 2 ** 30,
    gpu: adapter?.info.isFallbackAdapter === false ? describeAdapter(adapter) : null,
  };
}

function describeAdapter({ features, limits }: GPUAdapter): Device['gpu'] {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits;
  return {
    features: features,
    maxBufferBytes: Math.min(maxBufferSize, maxStorageBufferBindingSize),
  };
}

function lackOfRoom(
  { title, bytes }: Demand,
  { freeBytes }: Device,
  stored: Stored[],
): Misfit | null {
  if (freeBytes === null || bytes <= freeBytes) return null;
  const [largest] = stored.toSorted((a, b) => b.bytes - a.bytes);
  const enough = largest && largest.bytes >= bytes - freeBytes;
  return { kind: 'noRoom', title, bytes, freeBytes, inItsPlace: enough ? largest : null };
}

function lackOfGpu({ requirements }: Demand, { gpu }: Device): Misfit | null {
  const missing = gpu && missingFrom(gpu, requirements);
  return missing ? { kind: 'gpuLacks', missing } : null;
}

function lackOfMemory(
  { title, requirements }: Demand,
  { gpu, memoryBytes }: Device,
  onCpu: boolean,
): Misfit | null {
  const bytes = requirements.peakMemoryBytes;
  if ((gpu === null || onCpu) && bytes > MAX_WASM_BYTES) {
    return { kind: 'tooMuchForCpu', title, bytes, mostBytes: MAX_WASM_BYTES };
  }
  if (memoryBytes === null || bytes <= memoryBytes) return null;
  return { kind: 'littleMemory', title, bytes, memoryBytes };
}

/** "1.1 GB", "60 MB", decimal as downloads are. */
function gigabytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${Math.ceil(bytes / 1e6)} MB`;
}
