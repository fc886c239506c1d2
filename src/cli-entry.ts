/**
 * The app without its page: what cli/, bench/ and the end-to-end tests call in a headless browser. It drives the same
 * workers through the same client as the studio does.
 */
import type {
  BackendChoice,
  BackendComparison,
  BackendReport,
  GeneratedImage,
  GenerationProgress,
  GenerationRequest,
} from '../workers/api';
import { findModel, loadManifest } from './models/load-manifest';
import type { ModelManifest } from './models/manifest';
import { modelShards, openWeightStore, shardKey } from './models/weight-store';
import { createWorkerClient } from './worker-client';

type OnProgress = (progress: GenerationProgress) => void;

/** A generated image as what can leave the browser through the debugger: text. */
export type TextImage = Omit<GeneratedImage, 'png'> & { pngBase64: string };

/** How fast the bytes of an installed model can be had at all. */
export interface RawRead {
  bytes: number;
  ms: number;
}

/** `window.phantoscope` on cli.html. */
export interface CliHook {
  manifest(): Promise<ModelManifest>;
  install(modelId: string, onProgress?: OnProgress): Promise<void>;
  prepare(modelId: string, choice: BackendChoice, onProgress?: OnProgress): Promise<BackendReport>;
  /** Installs what is missing, then makes one image. Rejects with a named error. */
  generate(
    request: GenerationRequest,
    choice: BackendChoice,
    onProgress?: OnProgress,
  ): Promise<TextImage>;
  /** Reads every stored weight once, as Blob → ArrayBuffer and nothing else. */
  readWeights(modelId: string): Promise<RawRead>;
  /** One UNet step on wasm and on WebGPU, with the same inputs. */
  compareBackends(modelId: string): Promise<BackendComparison>;
}

declare global {
  interface Window {
    phantoscope: CliHook;
  }
}

const client = createWorkerClient();
const readManifest = () => loadManifest(new URL('model-manifest.json', document.baseURI).href);
const never = new AbortController().signal;

window.phantoscope = {
  manifest: readManifest,
  install: (modelId, onProgress = ignore) => client.install(modelId, { signal: never, onProgress }),
  prepare: (modelId, choice, onProgress = ignore) =>
    client.prepare(modelId, choice, { signal: never, onProgress }),

  async generate(request, choice, onProgress = ignore) {
    const options = { signal: never, onProgress };
    await client.check(request);
    await client.install(request.modelId, options);
    const { png, ...rest } = await client.generate(request, choice, options);
    return { ...rest, pngBase64: await toBase64(png) };
  },

  async readWeights(modelId) {
    const entry = findModel(await readManifest(), modelId);
    const store = await openWeightStore();
    const start = performance.now();
    let bytes = 0;
    for (const shard of modelShards(entry)) {
      const stored = await store.shard(shardKey(modelId, shard));
      bytes += (await stored?.blob.arrayBuffer())?.byteLength ?? 0;
    }
    store.close();
    return { bytes, ms: performance.now() - start };
  },

  async compareBackends(modelId) {
    await client.install(modelId, { signal: never, onProgress: ignore });
    const entry = findModel(await readManifest(), modelId);
    const worker = new Worker(new URL('../workers/compare-backends.worker.ts', import.meta.url), {
      type: 'module',
    });
    try {
      return await new Promise<BackendComparison>((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<BackendComparison | Error>) =>
          data instanceof Error ? reject(data) : resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(entry);
      });
    } finally {
      worker.terminate();
    }
  },
};

function ignore() {}

/** `FileReader` is the browser's own base64 encoder. */
function toBase64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('The image could not be read.'));
    reader.readAsDataURL(blob);
  });
}
