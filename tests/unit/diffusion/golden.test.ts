import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, expect, test } from 'vitest';
import { loadModel } from '../../../src/diffusion/load-model';
import type { DiffusionModel } from '../../../src/diffusion/model';
import { generate } from '../../../src/diffusion/pipeline';
import type { Component, ModelFile, ModelManifest } from '../../../src/models/manifest';
import type { ModelSession, TensorData } from '../../../src/models/session-types';
import type { GenerationRequest } from '../../../workers/api';

/** One whole run of the tiny model in Python, by training/make_fixtures.py. */
interface Golden {
  request: GenerationRequest;
  latents: number[];
  /** 0…255, every `pixelStride`-th pixel of every `pixelStride`-th row, RGB. */
  pixels: number[];
  pixelStride: number;
}

const folder = new URL('../../fixtures/tiny-model/', import.meta.url);
const readJson = (path: string) =>
  JSON.parse(readFileSync(new URL(path, folder), 'utf8')) as unknown;
const { models } = readJson('model-manifest.json') as ModelManifest;
const golden = readJson('golden.json') as Golden;
const [entry] = models;

function readModelFile({ shards }: ModelFile): Uint8Array {
  const parts = shards.map(({ path }) => readFileSync(new URL(entry.baseUrl + path, folder)));
  return new Uint8Array(Buffer.concat(parts));
}

async function createSession(_: string, { graph, weights }: Component): Promise<ModelSession> {
  const session = await ort.InferenceSession.create(readModelFile(graph), {
    externalData: weights.map((file) => ({ path: file.name, data: readModelFile(file) })),
  });
  return {
    inputNames: session.inputNames,
    release: () => session.release(),
    run: async (feeds) => {
      const tensors = Object.entries(feeds).map(([name, { dtype, data, dims }]) => {
        return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, dims)];
      });
      const results = await session.run(
        Object.fromEntries(tensors) as ort.InferenceSession.FeedsType,
      );
      return Object.fromEntries(
        Object.entries(results).map(([name, { data, dims }]) => {
          return [name, { dtype: 'float32', data, dims: [...dims] } as TensorData];
        }),
      );
    },
  };
}

let model: DiffusionModel;
beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  const tokenizerJson = new TextDecoder().decode(readModelFile(entry.tokenizer.file));
  const tokenizerConfigJson = new TextDecoder().decode(readModelFile(entry.tokenizer.config));
  model = await loadModel({ entry, tokenizerJson, tokenizerConfigJson, createSession });
});

test('the whole pipeline gives the latents and the pixels of the Python run', async () => {
  let latents = new Float32Array();
  const watched: DiffusionModel = {
    ...model,
    decode: (clean) => ((latents = clean.slice()), model.decode(clean)),
  };
  const job = { signal: new AbortController().signal, onProgress: () => undefined };
  const { rgba, width } = await generate(watched, golden.request, job);

  const largest = Math.max(...golden.latents.map(Math.abs));
  const errors = golden.latents.map((x, i) => Math.abs(latents[i] - x));
  expect(latents).toHaveLength(golden.latents.length);
  expect(Math.max(...errors) / largest).toBeLessThanOrEqual(2e-3); // int8 kernels differ between builds

  const { pixels, pixelStride } = golden;
  const perRow = width / pixelStride;
  const differences = pixels.map((value, i) => {
    const [pixel, colour] = [Math.floor(i / 3), i % 3];
    const [y, x] = [Math.floor(pixel / perRow) * pixelStride, (pixel % perRow) * pixelStride];
    return Math.abs(rgba[(y * width + x) * 4 + colour] - value);
  });
  // Rounding may fall on the other side.
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
});
