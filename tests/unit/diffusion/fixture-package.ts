import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';
import { loadGenerator } from '../../../src/diffusion/generator/generator-model';
import { loadModel } from '../../../src/diffusion/load-model';
import type { DiffusionModel } from '../../../src/diffusion/model';
import type { Component, GeneratorEntry, ModelFile } from '../../../src/models/manifest/manifest';
import type { DiffusionManifest } from '../../diffusion-manifest';
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
  const [entry] = (readFixture(folder, 'model-manifest.json') as DiffusionManifest).models;
  const readFile = fileReader(folder, entry);
  const createSession = sessionOpener(readFile);
  const tokenizerJson = new TextDecoder().decode(readFile(entry.tokenizer.file));
  const tokenizerConfigJson = new TextDecoder().decode(readFile(entry.tokenizer.config));
  return loadModel({ entry, tokenizerJson, tokenizerConfigJson, createSession });
}

/** A generator of a fixture's manifest, in the same way. */
export async function loadFixtureGenerator(folder: string, entry: GeneratorEntry) {
  ort.env.wasm.numThreads = 1;
  return loadGenerator({ entry, createSession: sessionOpener(fileReader(folder, entry)) });
}

function fileReader(folder: string, { baseUrl }: { baseUrl: string }) {
  return ({ shards }: ModelFile) => {
    const parts = shards.map(({ path }) => readFileSync(fixtureUrl(folder, baseUrl + path)));
    return new Uint8Array(Buffer.concat(parts));
  };
}

function sessionOpener(readFile: ReturnType<typeof fileReader>) {
  return async (_: string, { graph, weights }: Component) =>
    wrap(
      await ort.InferenceSession.create(readFile(graph), {
        externalData: weights.map((file) => ({ path: file.name, data: readFile(file) })),
      }),
    );
}

function wrap(session: ort.InferenceSession): ModelSession {
  return {
    inputNames: session.inputNames,
    inputShapes: Object.fromEntries(
      session.inputMetadata.flatMap((input) => (input.isTensor ? [[input.name, input.shape]] : [])),
    ),
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
