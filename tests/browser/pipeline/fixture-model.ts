import type { AdapterPart } from '../../../src/diffusion/lora/adapter';
import type { AdaptedSessions } from '../../../src/diffusion/lora/adapted-sessions';
import { loadModel } from '../../../src/diffusion/load-model';
import type { DiffusionModel } from '../../../src/diffusion/model';
import { generate, type JobOptions } from '../../../src/diffusion/pipeline';
import { openBackend, type Backend } from '../../../src/models/runtime/backend';
import { diffusionEntry } from '../../../src/models/manifest/generator';
import { findModel, modelBaseUrl } from '../../../src/models/manifest/located-model';
import { loadManifest } from '../../../src/models/manifest/load-manifest';
import type { Component, DiffusionEntry, ModelFile } from '../../../src/models/manifest/manifest';
import { openComponent, type ReadFile } from '../../../src/models/runtime/open-component';
import type { GenerationRequest } from '../../../src/contract/request';

/**
 * Loads a model of a fixture package on a backend of its own, without self-tests: the test is the test. With `adapted` the weights
 * of UNet and text encoder are what adapters make of them.
 */
export async function loadFixture(
  manifestUrl: string,
  modelId: string,
  choice: 'wasm' | 'webgpu',
  change: (entry: DiffusionEntry) => DiffusionEntry = (entry) => entry,
  adapted?: AdaptedSessions,
): Promise<{ model: DiffusionModel; backend: Backend }> {
  const entry = change(
    diffusionEntry(findModel(await loadManifest(manifestUrl), modelId), 'this test'),
  );
  const backend = await openBackend(choice);
  const readFile = async ({ shards }: ModelFile) => {
    const base = modelBaseUrl(manifestUrl, entry);
    return new Blob(
      await Promise.all(shards.map(async ({ path }) => (await fetch(base + path)).blob())),
    );
  };
  const model = await loadModel({
    entry,
    tokenizerJson: await (await readFile(entry.tokenizer.file)).text(),
    tokenizerConfigJson: await (await readFile(entry.tokenizer.config)).text(),
    createSession(name, component) {
      const open = (one: Component, read: ReadFile) =>
        openComponent(name, { ...one, selfTest: undefined }, read, backend, {
          replay: name === 'unet',
        });
      const part = { unet: 'unet', textEncoder: 'text_encoder' }[name as string];
      if (!adapted || !part) return open(component, readFile);
      return adapted.open({ part: part as AdapterPart, component, readFile, open });
    },
    gpu: backend.gpu,
  });
  return { model, backend };
}

/** Makes an image; `float` is what it was before it was clamped and rounded, [3, height, width] in −1…1. */
export async function makeImage(
  model: DiffusionModel,
  request: GenerationRequest,
  options: Partial<JobOptions> = {},
) {
  let float = new Float32Array();
  const watched: DiffusionModel = {
    ...model,
    async decode(latents) {
      float = new Float32Array(await model.decodeFloat(latents));
      return model.decode(latents);
    },
  };
  const job = { signal: new AbortController().signal, onProgress: () => undefined, ...options };
  const { rgba } = await generate(watched, request, job);
  return { float, rgba };
}

/** Largest |a − b|; NaN where one is none or the lengths differ. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN;
  return Array.from(a, (x, i) => Math.abs(x - b[i])).reduce(
    (max, x) => (x > max || Number.isNaN(x) ? x : max),
    0,
  );
}
