import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import { generateFrom, type CliHost } from '../../../src/cli/conditions';
import { writeLoraFile } from '../../../src/finetune/lora-file';
import type { ModelEntry } from '../../../src/models/manifest/manifest';

const ENTRY = {
  ...{ id: 'm', title: 'The model', examples: [] },
  conditions: {
    covariates: [
      { name: 'age', title: 'Age', unit: 'years', min: 0, max: 90, step: 1, appliesTo: [] },
    ],
    initImage: true,
  },
} as unknown as ModelEntry;

const ADAPTER = writeLoraFile(
  [
    { name: 'lora.unet.a.down', dims: [1, 1], data: Float32Array.of(1) },
    { name: 'lora.unet.a.up', dims: [1, 1], data: Float32Array.of(1) },
  ],
  {
    ...{ title: 'Knees', modelId: 'm', modelHash: 'ab', rank: 1, steps: 1 },
    ...{ numImages: 1, imagesSeen: 1, copyRate: null },
  },
);

test('an image that is drawn to be changed is drawn with the LoRA files, as the changed one is', async () => {
  const asked: GenerationRequest[] = [];
  const host = {
    findEntry: () => Promise.resolve(ENTRY),
    labels: () => Promise.resolve(undefined),
    make: (request: GenerationRequest) => {
      asked.push(request);
      return Promise.reject(new Error('enough'));
    },
  } as unknown as CliHost;
  const file = Buffer.from(await ADAPTER.arrayBuffer()).toString('base64');
  const loras = [0.5, 0.25].map((strength) => ({ file, name: 'knees.safetensors', strength }));
  const request = {
    ...{ modelId: 'm', prompt: 'chest x-ray, 40 years old', negativePrompt: '', seed: 7 },
    ...{ imageIndex: 0, numInferenceSteps: 4, guidanceScale: 4, scheduler: 'flow-match-euler' },
    covariates: {},
  };
  const sources = { edit: '80 years old', loras };
  await expect(generateFrom(host, request, { sources, format: 'png' })).rejects.toThrow('enough');
  expect(asked).toMatchObject([
    { lora: { title: 'Knees', strength: 0.5 }, moreLoras: [{ title: 'Knees', strength: 0.25 }] },
  ]);
});
