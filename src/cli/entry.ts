/**
 * The app without its page: what cli/, bench/ and the end-to-end tests call in a headless browser. It drives the same
 * workers through the same client as the studio does.
 */
import '../privacy/remove-webrtc';
import type { BackendComparison, BenchmarkRequest, BenchmarkResult } from '../contract/benchmark';
import type { GenerationProgress } from '../contract/picture';
import type { BackendChoice, GenerationRequest, ToldBackend } from '../contract/request';
import type { CliEvaluation, CliEvaluationResult } from './evaluate';
import type { CliHost, CliSources, FileFormat, TextFiles, ToldImage } from './conditions';
import type { CliRecipeOptions } from './make-recipe';
import type { CliFinetune, CliFinetuneResult } from './finetune';
import { inEnglish } from '../browser/backend-words';
import { isNotKept } from '../errors';
import type { EvaluationProgress } from '../evaluation/report/report';
import type { FinetuneReport } from '../finetune/run';
import { findChecker } from '../models/manifest/find-checker';
import { findModel } from '../models/manifest/located-model';
import { loadManifest } from '../models/manifest/load-manifest';
import type { ModelManifest } from '../models/manifest/manifest';
import { modalityPhrases } from '../models/manifest/prompt-modality';
import { modelShards, openWeightStore, shardKey } from '../models/store/weight-store';
import { createWorkerClient } from '../bridge/worker-client';

type OnProgress = (progress: GenerationProgress) => void;

/** A generated image as what can leave the browser through the debugger: text. */
export type TextImage = Omit<ToldImage, 'png'> & { pngBase64: string };

/** How fast the bytes of an installed model can be had at all. */
export interface RawRead {
  bytes: number;
  ms: number;
}

/** `window.phantoscope` on cli.html. */
export interface CliHook {
  manifest(): Promise<ModelManifest>;
  install(modelId: string, onProgress?: OnProgress): Promise<void>;
  prepare(modelId: string, choice: BackendChoice, onProgress?: OnProgress): Promise<ToldBackend>;
  /** Installs what is missing, then makes one image. Rejects with a named error. */
  generate(
    request: GenerationRequest,
    choice: BackendChoice,
    onProgress?: OnProgress,
  ): Promise<TextImage>;
  /** The same from source image and masks, as a file of this format. */
  generateFrom(
    request: GenerationRequest,
    choice: BackendChoice,
    options: { sources: CliSources; format: FileFormat; unknownWordsOk?: boolean },
    onProgress?: OnProgress,
  ): Promise<TextFiles>;
  /** Makes a whole data set; its files go to `window.saveFile`, one by one. */
  makeRecipe(
    recipe: string,
    choice: BackendChoice,
    options: CliRecipeOptions & { unknownWordsOk?: boolean },
    onProgress?: OnProgress,
  ): Promise<void>;
  /** Ends `makeRecipe` once the picture in progress is written; it then rejects with `AbortError`. */
  stop(): void;
  /** Reads every stored weight once, as Blob → ArrayBuffer and nothing else. */
  readWeights(modelId: string): Promise<RawRead>;
  /** Measures an installed model: stages, overhead, and what latents on the GPU gain. */
  benchmark(request: BenchmarkRequest, onProgress?: OnProgress): Promise<BenchmarkResult>;
  /** Compares folders of images; see cli-evaluate.ts. */
  evaluate(
    asked: CliEvaluation,
    onProgress?: (progress: EvaluationProgress) => void,
  ): Promise<CliEvaluationResult>;
  /** Fine-tunes a model on a folder of images; see cli-finetune.ts. */
  finetune(
    asked: CliFinetune,
    onReport?: (report: FinetuneReport) => void,
  ): Promise<CliFinetuneResult>;
  /** One UNet step on wasm and on WebGPU, with the same inputs. */
  compareBackends(modelId: string): Promise<BackendComparison>;
}

declare global {
  interface Window {
    phantoscope: CliHook;
    /** Given by the terminal for data sets; `path` is below the output folder. */
    saveFile?: (path: string, base64: string) => Promise<void>;
    /** A file of the folder of --sources, in base64. */
    readSource?: (name: string) => Promise<string | null>;
  }
}

const client = createWorkerClient();
const readManifest = () => loadManifest(new URL('model-manifest.json', document.baseURI).href);
const never = new AbortController().signal;
let stopping = new AbortController();

window.phantoscope = {
  manifest: readManifest,
  install: (modelId, onProgress = ignore) => client.install(modelId, { signal: never, onProgress }),
  prepare: async (modelId, choice, onProgress = ignore) =>
    inEnglish(await client.prepare(modelId, choice, { signal: never, onProgress })),

  async generate(request, choice, onProgress = ignore) {
    const { png, ...rest } = await makeImage(request, choice, onProgress);
    return { ...rest, pngBase64: await toBase64(png) };
  },

  generateFrom: async (request, choice, options, onProgress = ignore) =>
    (await import('./conditions')).generateFrom(
      host(choice, onProgress, options),
      request,
      options,
    ),

  async makeRecipe(recipe, choice, options, onProgress = ignore) {
    stopping = new AbortController();
    const { signal } = stopping;
    const { makeRecipe } = await import('./make-recipe');
    await makeRecipe(host(choice, onProgress, options), recipe, { ...options, signal });
  },

  stop: () => stopping.abort(),

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

  async benchmark(request, onProgress = ignore) {
    const measured = await client.benchmark(request, { signal: never, onProgress });
    return { ...measured, backend: inEnglish(measured.backend) };
  },

  evaluate: async (asked, onProgress = ignore) =>
    (await import('./evaluate')).evaluateFolders(asked, onProgress),

  finetune: async (asked, onReport = ignore) =>
    (await import('./finetune')).finetuneFolder(asked, onReport, toBase64),

  async compareBackends(modelId) {
    await client.install(modelId, { signal: never, onProgress: ignore });
    const entry = findModel(await readManifest(), modelId);
    const worker = new Worker(
      new URL('../../workers/compare-backends.worker.ts', import.meta.url),
      {
        type: 'module',
      },
    );
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

function host(
  choice: BackendChoice,
  onProgress: OnProgress,
  { unknownWordsOk = false }: { unknownWordsOk?: boolean },
): CliHost {
  return {
    findEntry: async (modelId) => findModel(await readManifest(), modelId),
    modalities: async () => modalityPhrases(await readManifest()),
    labels: async () => findChecker(await readManifest())?.labels,
    check: client.check,
    async readTexts(modelId, texts, learned) {
      await install(modelId, onProgress);
      return client.readTexts(modelId, texts, learned);
    },
    unknownWordsOk,
    make: (request) => makeImage(request, choice, onProgress),
    toBase64,
    readSource: async (name) => (await window.readSource?.(name)) ?? null,
    saveFile: (path, base64) => window.saveFile!(path, base64),
  };
}

/** Installs what is missing, then makes one image. */
async function makeImage(
  request: GenerationRequest,
  choice: BackendChoice,
  onProgress: OnProgress,
): Promise<ToldImage> {
  await client.check(request);
  await install(request.modelId, onProgress);
  const image = await client.generate(request, choice, { signal: never, onProgress });
  return { ...image, backend: inEnglish(image.backend) };
}

async function install(modelId: string, onProgress: OnProgress) {
  await client.install(modelId, { signal: never, onProgress }).catch((error: Error) => {
    if (!isNotKept(error)) throw error; // else `generate` fetches the weights for itself
  });
}

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
