/** Adapter files as their trainers write them, on a Stable Diffusion: the pictures that diffusers makes with each. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GenerationRequest, LoraChoice } from '../../../src/contract/request';
import {
  createAdaptedSessions,
  type AdaptedSessions,
} from '../../../src/diffusion/lora/adapted-sessions';
import type { DiffusionModel } from '../../../src/diffusion/model';
import { readLoraFile } from '../../../src/finetune/lora-file';
import { hashFactors } from '../../../src/models/manifest/hash-factors';
import goldens from '../../fixtures/tiny-sd-adapters/goldens.json';
import { largestDifference, loadFixture, makeImage } from './fixture-model';
import { SD_MANIFEST_URL } from './sd-goldens';

const FOLDER = SD_MANIFEST_URL.replace('tiny-sd/model-manifest.json', 'tiny-sd-adapters/');
const LIMIT = 2e-3;
const request = { ...goldens.request, covariates: {} } as GenerationRequest;

let numbers: Float32Array;
let model: DiffusionModel;
let adapted: AdaptedSessions;
beforeAll(async () => {
  numbers = new Float32Array(await (await fetch(FOLDER + goldens.file)).arrayBuffer());
  adapted = createAdaptedSessions();
  ({ model } = await loadFixture(SD_MANIFEST_URL, 'tiny-sd', 'wasm', (entry) => entry, adapted));
});
afterAll(() => model.release());

async function choose(file: string, strength: number): Promise<LoraChoice> {
  const { factors } = await readLoraFile(await (await fetch(FOLDER + file)).blob());
  return { factors, strength, sha256: await hashFactors(factors), title: file };
}

async function draw(adapters: LoraChoice[]) {
  await adapted.use(adapters);
  return makeImage(model, { ...request, moreLoras: adapters });
}

const count = (dims: number[]) => dims.reduce((product, size) => product * size, 1);

test.each(goldens.rows)('$files at $strengths make the picture of diffusers', async (row) => {
  const adapters = await Promise.all(row.files.map((file, i) => choose(file, row.strengths[i])));
  const start = row.offset + count(row.latents);
  const expected = numbers.subarray(start, start + count(row.image));
  const difference = largestDifference((await draw(adapters)).float, expected);
  console.log(row.files.join(' + '), difference);
  expect(difference).toBeLessThanOrEqual(LIMIT);
});

test('ten pictures with an adapter, then without: the first picture again', async () => {
  const { rgba: before } = await draw([]);
  const adapter = await choose('kohya-text.safetensors', 1);
  await adapted.use([adapter]);
  const asked = { ...request, moreLoras: [adapter] };
  for (let imageIndex = 0; imageIndex < 10; imageIndex++) {
    const { rgba } = await makeImage(model, { ...asked, imageIndex });
    expect(rgba).not.toEqual(before);
  }
  expect((await draw([])).rgba).toEqual(before);
});

test('an adapter of another model is refused, and the model stays as it was', async () => {
  const { rgba: before } = await draw([]);
  const { factors = [], ...other } = await choose('diffusers.safetensors', 1);
  const renamed = factors.map((one) => ({
    ...one,
    name: one.name.replace('mid_block', 'mid_blocks.7'),
  }));
  await expect(draw([{ ...other, sha256: '', factors: renamed }])).rejects.toMatchObject({
    name: 'ModelUnsupported',
    message: expect.stringMatching(
      /the model has not \d+ of its \d+ layers, .*mid_blocks\.7/,
    ) as string,
  });
  const [first, ...rest] = factors;
  const grown = [{ ...first, dims: [4, 64], data: new Float32Array(256) }, ...rest];
  await expect(draw([{ ...other, sha256: '1', factors: grown }])).rejects.toThrow(/is \d+ × \d+/);
  expect((await draw([])).rgba).toEqual(before);
});

test('a word that was learned with a further adapter counts as that of the first does', async () => {
  const { promptEmbeds, promptEmbedsDims } = await model.encodeConditions(request);
  const hidden = promptEmbedsDims[2];
  const data = Float32Array.from({ length: 2 * hidden }, (_, i) => Math.sin(i));
  const factors = [{ name: 'word.embeds', dims: [2, hidden], data }];
  const lora: LoraChoice = { factors, strength: 1, word: 'chest' };
  const asFirst = await model.encodeConditions({ ...request, lora });
  const asSecond = await model.encodeConditions({ ...request, moreLoras: [lora] });
  expect(asFirst.promptEmbeds).not.toEqual(promptEmbeds);
  expect(asSecond.promptEmbeds).toEqual(asFirst.promptEmbeds);
});
