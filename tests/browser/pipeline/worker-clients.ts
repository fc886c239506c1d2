import { beforeAll } from 'vitest';
import { createWorkerClient, type WorkerClient } from '../../../src/bridge/worker-client';
import type { GenerationProgress } from '../../../src/contract/picture';
import type { BackendChoice, GenerationRequest } from '../../../src/contract/request';
import type { DiffusionManifest } from '../../diffusion-manifest';
import golden from '../../fixtures/tiny-model/golden.json';

export const MANIFEST_URL = new URL(
  '../../fixtures/tiny-model/model-manifest.json',
  import.meta.url,
).href;
export const request = golden.request as GenerationRequest;
const clients: WorkerClient[] = [];

/** Takes what the test installed out of the browser, and ends its workers. */
export async function removeClients() {
  for (const client of clients.splice(0)) {
    await client.remove(request.modelId).catch(() => undefined);
    client.dispose();
  }
}

// Tests of fine-tuning install the same model, and any file may run after them.
beforeAll(() => {
  start();
  return removeClients();
});

type Options = Parameters<typeof createWorkerClient>[0];

export function start(options: Options = {}): WorkerClient {
  const client = createWorkerClient({ manifestUrl: MANIFEST_URL, ...options });
  clients.push(client);
  return client;
}

/** The job's options, and the stages it went through. */
export function follow(onProgress: (progress: GenerationProgress) => void = () => undefined) {
  const controller = new AbortController();
  const stages: string[] = [];
  const options = {
    signal: controller.signal,
    onProgress: (progress: GenerationProgress) => {
      if (stages.at(-1) !== progress.stage) stages.push(progress.stage);
      onProgress(progress);
    },
  };
  return { controller, stages, options };
}

export async function installed(options?: Options): Promise<WorkerClient> {
  const client = start(options);
  await client.install(request.modelId, follow().options);
  return client;
}

export function generate(client: WorkerClient, choice: BackendChoice = 'wasm', change = {}) {
  return client.generate({ ...request, ...change }, choice, follow().options);
}

/** The tiny manifest with a change, at a URL of its own. */
export async function changedManifest(
  change: (manifest: DiffusionManifest) => void,
): Promise<string> {
  const manifest = (await (await fetch(MANIFEST_URL)).json()) as DiffusionManifest;
  const [model] = manifest.models;
  model.baseUrl = new URL(model.baseUrl, MANIFEST_URL).href;
  change(manifest);
  return URL.createObjectURL(new Blob([JSON.stringify(manifest)]));
}
