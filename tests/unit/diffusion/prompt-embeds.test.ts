import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web/wasm';
import { expect, test } from 'vitest';
import { createTextEncoder } from '../../../src/diffusion/text/text-encoder';
import { createTokenizer } from '../../../src/diffusion/text/tokenizer';
import type { ModelFile } from '../../../src/models/manifest/manifest';
import type { DiffusionManifest } from '../../diffusion-manifest';
import type { ModelSession, TensorData } from '../../../src/models/runtime/session-types';

const folder = new URL('../../fixtures/tiny-sd/', import.meta.url);
const readText = (url: URL) => readFileSync(url, 'utf8');
const { models } = JSON.parse(
  readText(new URL('model-manifest.json', folder)),
) as DiffusionManifest;
const [entry] = models;

function readModelFile({ shards }: ModelFile): Uint8Array {
  const parts = shards.map(({ path }) => readFileSync(new URL(entry.baseUrl + path, folder)));
  return new Uint8Array(Buffer.concat(parts));
}

// Made by training/goldens/make_prompt_goldens.py with PyTorch.
const cases = JSON.parse(
  readText(new URL('../../fixtures/prompt-embeds.json', import.meta.url)),
) as { prompt: string; dims: number[]; stride: number; values: number[] }[];

async function createSession(): Promise<ModelSession> {
  ort.env.wasm.numThreads = 1;
  const { graph, weights } = entry.components.textEncoder;
  const session = await ort.InferenceSession.create(readModelFile(graph), {
    externalData: weights.map((file) => ({ path: file.name, data: readModelFile(file) })),
  });
  return {
    inputNames: session.inputNames,
    release: () => session.release(),
    run: async (feeds) => {
      const [[name, { dims, data }]] = Object.entries(feeds as Record<string, TensorData>);
      const ids = new ort.Tensor('int64', data as BigInt64Array, dims);
      const [output] = Object.entries(await session.run({ [name]: ids }));
      const { data: numbers, dims: outputDims } = output[1];
      const tensor = { dtype: 'float32', data: numbers as Float32Array, dims: [...outputDims] };
      return { [output[0]]: tensor as TensorData };
    },
  };
}

test('long and weighted prompts have the embeds that PyTorch gives them', async () => {
  const text = (file: ModelFile) => Buffer.from(readModelFile(file)).toString();
  const { file, config } = entry.tokenizer;
  const facts = { ...entry.tokenizer, kind: 'clip' } as const;
  const tokenizer = createTokenizer(facts, text(file), text(config), Infinity);
  const { textEncoder } = entry.components;
  const encodeText = createTextEncoder({
    ...{ component: textEncoder, session: await createSession(), tokenizer },
  });
  for (const { prompt, dims, stride, values } of cases) {
    const encoded = await encodeText(prompt);
    expect(encoded.dims).toEqual(dims);
    const errors = values.map((x, i) => Math.abs(encoded.embeds[i * stride] - x));
    expect(Math.max(...errors)).toBeLessThan(1e-4); // of values up to 4, by two float32 engines
  }
  expect(new Set(cases.map(({ dims }) => dims[1]))).toEqual(new Set([77, cases[2].dims[1]]));
}, 60_000); // most of it is the runtime's start
