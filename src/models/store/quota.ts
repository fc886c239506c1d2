import { appError } from '../../errors';
import { missingFrom } from '../runtime/backend';
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

/** The answer before a download: whether it may start, and what there is to say, each a plain sentence. */
export interface FitReport {
  fits: boolean;
  sentences: string[];
}

/** wasm addresses 32 bits; beyond 3 GiB its allocator gives up in practice. */
const MAX_WASM_BYTES = 3 * 2 ** 30;

/** Compares what a model needs with what this device has. Only what is sure to fail stands in the way. */
export function checkFit(demand: Demand, device: Device, stored: Stored[]): FitReport {
  const storage = storageSentence(demand, device, stored);
  const gpu = gpuSentence(demand, device);
  const { blocks, sentence: memory } = memorySentence(demand, device, gpu !== null);
  const sentences = [storage, gpu, memory].filter((sentence) => sentence !== null);
  return { fits: storage === null && !blocks, sentences };
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

function storageSentence({ title, bytes }: Demand, { freeBytes }: Device, stored: Stored[]) {
  if (freeBytes === null || bytes <= freeBytes) return null;
  const short = bytes - freeBytes;
  const [largest] = stored.toSorted((a, b) => b.bytes - a.bytes);
  const way =
    largest && largest.bytes >= short
      ? `delete ${largest.title} (${gigabytes(largest.bytes)})`
      : `free ${gigabytes(short)} on the disk`;
  return `${title} needs ${gigabytes(bytes)} of storage, ${gigabytes(freeBytes)} is free; ${way} or choose a smaller model.`;
}

function gpuSentence({ requirements }: Demand, { gpu }: Device) {
  if (!gpu) return null;
  const missing = missingFrom(gpu, requirements);
  return missing && `This GPU lacks ${missing}, so the model would run on the CPU, slowly.`;
}

function memorySentence({ title, requirements }: Demand, device: Device, onCpu: boolean) {
  const need = requirements.peakMemoryBytes;
  if ((device.gpu === null || onCpu) && need > MAX_WASM_BYTES) {
    const sentence =
      `${title} needs ${gigabytes(need)} of memory and the CPU can give it ${gigabytes(MAX_WASM_BYTES)}; ` +
      'use a device with a GPU that fits, or choose a smaller model.';
    return { blocks: true, sentence };
  }
  if (device.memoryBytes === null || need <= device.memoryBytes) {
    return { blocks: false, sentence: null };
  }
  const sentence =
    `${title} needs ${gigabytes(need)} of memory, and this device reports about ` +
    `${gigabytes(device.memoryBytes)}; close other programs first, or choose a smaller model.`;
  return { blocks: false, sentence };
}

/** "1.1 GB", "60 MB", decimal as downloads are. */
function gigabytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${Math.ceil(bytes / 1e6)} MB`;
}
