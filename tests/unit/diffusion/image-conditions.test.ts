import { expect, test } from 'vitest';
import { loadModel } from '../../../src/diffusion/load-model';
import { fadeIn, latentRegion, toEncoderInput } from '../../../src/diffusion/inpaint';
import { blendKnown } from '../../../src/diffusion/latents';
import { generate } from '../../../src/diffusion/pipeline';
import { recordedRequest } from '../../../src/diffusion/recorded-request';
import { validateRequest } from '../../../src/diffusion/request';
import { standardNormals } from '../../../src/diffusion/random';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import type { GenerationRequest } from '../../../src/contract/request';
import {
  entry as plain,
  fakeSession,
  float32,
  request,
  tensor,
  tokenizerConfigJson,
  tokenizerJson,
} from './fakes';

const noFile = { name: 'model.onnx', bytes: 0, shards: [] };
/** 4×4 pixels, 2×2 latents of 2 channels; takes images and masks. */
const entry: DiffusionEntry = {
  ...plain,
  components: {
    ...plain.components,
    vaeEncoder: {
      graph: noFile,
      weights: [],
      inputs: { image: float32('image', 'batch', 3, 4, 4) },
      outputs: { latents: float32('latents', 'batch', 2, 2, 2) },
    },
  },
  conditions: {
    ...plain.conditions,
    initImage: true,
    mask: { channels: 2, size: 4, classes: ['background', 'nucleus'], modalities: [] },
  },
};

/** Encoder: the first 8 numbers; UNet: no change; decoder: every pixel the first latent. */
async function tinyModel() {
  const textEncoder = fakeSession(() => ({ prompt_embeds: tensor([1, 6, 2], Array(12).fill(0)) }));
  const unet = fakeSession(({ latents: { dims, data } }) => ({
    noise_pred: tensor(
      dims,
      Array.from(data as Float32Array, () => 1),
    ),
  }));
  const vaeDecoder = fakeSession(({ latents: { data } }) => ({
    image: tensor([1, 3, 4, 4], Array(48).fill(Number(data[0]))),
  }));
  const vaeEncoder = fakeSession(({ image: { data } }) => ({
    latents: tensor([1, 2, 2, 2], Array.from(data as Float32Array).slice(0, 8)),
  }));
  const sessions = { textEncoder, unet, vaeDecoder, vaeEncoder };
  const createSession = async (name: string) => sessions[name as keyof typeof sessions];
  const source = { entry, tokenizerJson, tokenizerConfigJson, createSession };
  return { ...sessions, model: await loadModel(source) };
}

const job = { signal: new AbortController().signal, onProgress: () => undefined };
const rgb = Uint8Array.from({ length: 48 }, (_, i) => i * 5);
/** The left half may change. */
const region = Uint8Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 1 : 0));

test('strength 0 decodes what the encoder made of the image, without a step', async () => {
  const { model, unet, vaeDecoder } = await tinyModel();
  const { timing } = await generate(model, { ...request, init: { rgb, strength: 0 } }, job);
  const encoded = toEncoderInput(rgb).slice(0, 8);
  expect(unet.fed).toHaveLength(0);
  for (const [i, x] of encoded.entries()) {
    expect(vaeDecoder.fed[0].latents.data[i]).toBeCloseTo(x, 5);
  }
  expect(timing.msPerStep).toBe(0);
});

test('half the strength runs half the steps, from the image noised to the first of them', async () => {
  const { model, unet } = await tinyModel();
  await generate(model, { ...request, init: { rgb, strength: 0.5 } }, job);
  expect(unet.fed).toHaveLength(2);
  const sigma = unet.fed[0].timestep.data[0] as number;
  const noise = standardNormals(7, 0, 8);
  const encoded = toEncoderInput(rgb).slice(0, 8);
  const start = unet.fed[0].latents.data as Float32Array;
  for (const [i, x] of encoded.entries()) {
    const scaled = (x - 0.25) * 0.5;
    const level = sigma / 1000;
    expect(start[i]).toBeCloseTo((1 - level) * scaled + level * noise[i], 4);
  }
});

test('outside the region every pixel is the source’s very byte, inside it is new', async () => {
  const { model } = await tinyModel();
  const inpaint = { region, featherPx: 0 };
  const { rgba } = await generate(model, { ...request, init: { rgb, strength: 1 }, inpaint }, job);
  const same = Array.from(region, (_, i) =>
    [0, 1, 2].every((c) => rgba[4 * i + c] === rgb[3 * i + c]),
  );
  expect(same).toEqual(Array.from(region, (value) => value === 0));
});

test('each step starts from the noised source wherever the latents may not change', async () => {
  const { model, unet } = await tinyModel();
  const inpaint = { region, featherPx: 0 };
  await generate(model, { ...request, init: { rgb, strength: 1 }, inpaint }, job);
  const noise = standardNormals(7, 0, 8);
  const encoded = toEncoderInput(rgb).slice(0, 8);
  for (const { latents, timestep } of unet.fed) {
    const level = (timestep.data[0] as number) / 1000;
    for (const i of [1, 3, 5, 7]) {
      const known = (1 - level) * (encoded[i] - 0.25) * 0.5 + level * noise[i];
      expect(latents.data[i]).toBeCloseTo(known, 4);
    }
  }
});

test('a latent pixel may change as soon as one pixel of it may', () => {
  const one = new Uint8Array(16);
  one[3] = 1; // top right
  expect([...latentRegion(entry, one)]).toEqual([0, 1, 0, 0]);
});

test('a feather fades inwards and leaves the protected pixels alone', () => {
  const wide = Uint8Array.from({ length: 7 }, (_, i) => (i >= 1 ? 1 : 0));
  const share = fadeIn(wide, 7, 1, 3);
  expect([...share]).toEqual([0, 0.25, 0.5, 0.75, 1, 1, 1]);
});

test('known latents are mixed in by the share that may change', () => {
  const known = {
    encoded: Float32Array.of(10, 20),
    noise: Float32Array.of(1, 1),
    changes: Float32Array.of(0, 1),
  };
  const level = { clean: 0.5, noise: 2 };
  expect([...blendKnown(Float32Array.of(3, 4), known, level)]).toEqual([7, 4]);
});

test('only the conditional row of a guided batch sees the mask', async () => {
  const { model, unet } = await tinyModel();
  const labels = new Uint16Array(16).fill(3, 0, 4);
  await generate(model, { ...request, mask: { labels } }, job);
  const { mask, mask_present: present } = unet.fed[0];
  expect([...(present.data as Float32Array)]).toEqual([0, 1]);
  expect([...(mask.data as Float32Array)].slice(0, 32)).toEqual(Array(32).fill(0));
  // Foreground in the first row of the picture, and all of it boundary.
  const ones = [...Array<number>(4).fill(1), ...Array<number>(12).fill(0)];
  expect([...(mask.data as Float32Array)].slice(32)).toEqual([...ones, ...ones]);
});

test('the same prompt without a mask after one with it is drawn without', async () => {
  const { model, unet, textEncoder } = await tinyModel();
  await generate(model, { ...request, mask: { labels: new Uint16Array(16).fill(1) } }, job);
  await generate(model, request, job);
  expect([...(unet.fed.at(-1)!.mask_present.data as Float32Array)]).toEqual([0, 0]);
  expect(textEncoder.fed).toHaveLength(2);
});

test('what is saved holds hashes and no pixel', async () => {
  const whole: GenerationRequest = {
    ...request,
    init: { rgb, strength: 0.5, sourceId: 'abc' },
    inpaint: { region, featherPx: 2 },
    mask: { labels: new Uint16Array(16) },
  };
  const recorded = await recordedRequest(whole);
  expect(recorded.init).toEqual({
    strength: 0.5,
    sourceId: 'abc',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(Object.keys(recorded.inpaint!).sort()).toEqual(['featherPx', 'sha256']);
  expect(Object.keys(recorded.mask!)).toEqual(['sha256']);
  expect(whole.init?.rgb).toBe(rgb);
});

const bad: [string, Partial<GenerationRequest>, RegExp][] = [
  ['a strength above 1', { init: { rgb, strength: 1.5 } }, /strength.*0 to 1, got 1.5/],
  ['a strength that is no number', { init: { rgb, strength: NaN } }, /strength.*got NaN/],
  ['too little strength for a step', { init: { rgb, strength: 0.1 } }, /leaves no step/],
  ['an image of another size', { init: { rgb: rgb.slice(3), strength: 1 } }, /48 numbers, got 45/],
  ['an image that is not there', { init: { sha256: 'a', strength: 1 } }, /not kept.*Choose/],
  ['a region without an image', { inpaint: { region, featherPx: 0 } }, /no image that it belongs/],
  [
    'an empty region',
    { init: { rgb, strength: 1 }, inpaint: { region: new Uint8Array(16), featherPx: 0 } },
    /region.*empty/,
  ],
  [
    'a feather of 1,000 pixels',
    { init: { rgb, strength: 1 }, inpaint: { region, featherPx: 1000 } },
    /feather.*got 1000/,
  ],
  ['a mask of another size', { mask: { labels: new Uint16Array(15) } }, /mask.*16 numbers, got 15/],
];

test.each(bad)('%s is refused in words', (_, change, text) => {
  expect(() => validateRequest({ ...request, ...change }, entry)).toThrow(
    expect.objectContaining({
      name: 'RequestInvalid',
      message: expect.stringMatching(text) as string,
    }),
  );
});

test('a model without encoder and mask refuses both, and says why', () => {
  const refuse = (change: Partial<GenerationRequest>) => () =>
    validateRequest({ ...request, ...change }, plain);
  expect(refuse({ init: { rgb, strength: 1 } })).toThrow(/no image encoder/);
  expect(refuse({ mask: { labels: new Uint16Array(16) } })).toThrow(/takes no mask/);
});
