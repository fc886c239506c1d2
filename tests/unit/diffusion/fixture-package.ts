import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';
import { loadModel } from '../../../src/diffusion/load-model';
import type { DiffusionModel } from '../../../src/diffusion/model';
import type { Component, ModelFile, ModelManifest } from '../../../src/models/manifest/manifest';
import type { ModelSession, TensorData } from '../../../src/models/runtime/session-types';

/** A file of JSON in one of the folders of tests/fixtures. */
export function readFixture(folder: string, path: string): unknown {
  return JSON.parse(readFileSync(fixtureUrl(folder, path), 'utf8'));
}

function fixtureUrl(folder: string, path: string) {
  return new URL(`../../fixtures/${folder}/${path}`, import.meta.url);
}

/** The first model of a fixture's manifest, in Node on one wasm thread. */
export async function loadFixturePackage(folder: string): Promise<DiffusionModel> {
  ort.env.wasm.numThreads = 1;
  const [entry] = (readFixture(folder, 'model-manifest.json') as ModelManifest).models;
  const readFile = ({ shards }: ModelFile) => {
    const parts = shards.map(({ path }) => readFileSync(fixtureUrl(folder, entry.baseUrl + path)));
    return new Uint8Array(Buffer.concat(parts));
  };
  const createSession = async (_: string, { graph, weights }: Component) =>
    wrap(
      await ort.InferenceSession.create(readFile(graph), {
        externalData: weights.map((file) => ({ path: file.name, data: readFile(file) })),
      }),
    );
  const tokenizerJson = new TextDecoder().decode(readFile(entry.tokenizer.file));
  const tokenizerConfigJson = new TextDecoder().decode(readFile(entry.tokenizer.config));
  return loadModel({ entry, tokenizerJson, tokenizerConfigJson, createSession });
}

function wrap(session: ort.InferenceSession): ModelSession {
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
