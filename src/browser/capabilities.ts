import { readEnvironment, wasmThreads } from '../models/runtime/backend';

/** What this browser offers, for the page and for diagnostics; no prompt, no image, nothing personal. */
export interface Capabilities {
  webgpu: 'hardware' | 'software' | 'no-adapter' | 'none';
  /** As far as the browser names it. */
  adapter: string | null;
  crossOriginIsolated: boolean;
  wasmThreads: number;
  /** False: weights and gallery last as long as the page. */
  indexedDb: boolean;
  /** A secure page: without it there are no checksums, workers' locks and WebGPU. */
  secureContext: boolean;
}

/** Looks without changing anything. */
export async function readCapabilities(): Promise<Capabilities> {
  const environment = readEnvironment();
  const adapter = await environment.gpu?.requestAdapter().catch(() => null);
  const info = adapter?.info;
  return {
    webgpu: webgpuKind(environment.gpu, info),
    adapter: info ? info.description || [info.vendor, info.architecture].join(' ').trim() : null,
    crossOriginIsolated: environment.crossOriginIsolated,
    wasmThreads: wasmThreads(environment),
    indexedDb: await canOpenIndexedDb(),
    secureContext: globalThis.isSecureContext,
  };
}

function webgpuKind(
  gpu: GPU | undefined,
  info: GPUAdapterInfo | undefined,
): Capabilities['webgpu'] {
  if (!gpu) return 'none';
  if (!info) return 'no-adapter';
  return info.isFallbackAdapter ? 'software' : 'hardware';
}

/** Denial shows only when a database is opened. */
async function canOpenIndexedDb(): Promise<boolean> {
  try {
    return await new Promise<boolean>((resolve) => {
      const request = indexedDB.open('capabilities');
      request.onsuccess = () => {
        request.result.close();
        indexedDB.deleteDatabase('capabilities');
        resolve(true);
      };
      request.onerror = () => resolve(false);
    });
  } catch {
    return false;
  }
}
