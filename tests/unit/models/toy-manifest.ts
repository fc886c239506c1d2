import { createHash } from 'node:crypto';
import type { Component, ModelFile } from '../../../src/models/manifest/manifest';
import type { DiffusionManifest } from '../../diffusion-manifest';

/** A file of one shard, whose bytes are the text. */
export function textFile(name: string, text: string, sha256?: null): ModelFile {
  const bytes = Buffer.byteLength(text);
  const hash = sha256 === null ? null : createHash('sha256').update(text).digest('hex');
  return { name, bytes, shards: [{ path: name, bytes, sha256: hash }] };
}

function component(name: string): Component {
  return {
    graph: textFile(`${name}.onnx`, `graph of ${name}`),
    weights: [textFile(`${name}.data`, `weights of ${name}`)],
    inputs: { latents: { name: 'x', dtype: 'float32', shape: ['batch', 4] } },
    outputs: { noisePred: { name: 'y', dtype: 'float32', shape: ['batch', 4] } },
  };
}

/** The smallest manifest that is right; a new copy each time. */
export function toyManifest(): DiffusionManifest {
  return {
    schemaVersion: 1,
    defaultModel: 'toy',
    models: [
      {
        id: 'toy',
        title: 'Toy',
        version: '1',
        summary: '',
        licence: { name: 'MIT', url: 'https://opensource.org/license/mit' },
        card: 'docs/toy.md',
        baseUrl: 'models/toy/',
        components: {
          textEncoder: component('text'),
          unet: component('unet'),
          vaeDecoder: component('vae'),
        },
        tokenizer: {
          file: textFile('tokenizer.json', 'toks'),
          config: textFile('tokenizer_config.json', 'conf'),
          maxLength: 40,
          padTokenId: 0,
          unkTokenId: 1,
        },
        image: { width: 64, height: 64 },
        latents: { channels: 4, downscale: 16, scalingFactor: 1, shift: 0 },
        schedulers: [
          { type: 'flow-match-euler', predictionType: 'flow', numTrainTimesteps: 1000, shift: 1 },
        ],
        defaults: { numInferenceSteps: 4, guidanceScale: 3, scheduler: 'flow-match-euler' },
        ranges: { numInferenceSteps: [1, 50], guidanceScale: [1, 10] },
        conditions: { covariates: [], initImage: false },
        preview: { patch: 1, weights: [1, 2, 3].map(() => [0, 0, 0, 0, 0.5]) },
        examples: [{ modality: 'xray', title: 'Chest', prompt: 'a chest X-ray' }],
        requirements: { features: [], maxBufferBytes: 0, peakMemoryBytes: 0 },
      },
    ],
  };
}
