import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, expect, test } from 'vitest';
import { loadModel } from '../../../src/diffusion/load-model';
import type { DiffusionModel } from '../../../src/diffusion/model';
import type { Component, ModelFile, ModelManifest } from '../../../src/models/manifest';
import type { ModelSession, TensorData } from '../../../src/models/session-types';
import { compareWithGolden, type Golden } from '../../golden';

// The shipped model's golden run takes longer than unit tests may: tests/browser/golden-shipped.test.ts.
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
      const tensors = Object.entries(feeds as Record<string, TensorData>).map(
        ([name, { dtype, data, dims }]) => {
          return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, dims)];
        },
      );
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
  const { latentsError, pixelDifferences } = await compareWithGolden(model, golden);
  // Measured 6.5e-7: float32 sums in another order. Ten times that.
  expect(latentsError).toBeLessThanOrEqual(7e-6);
  // Measured 0; rounding may fall on the other side.
  expect(Math.max(...pixelDifferences)).toBeLessThanOrEqual(1);
});
