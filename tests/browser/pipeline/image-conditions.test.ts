import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import { toEncoderInput } from '../../../src/diffusion/inpaint';
import golden from '../../fixtures/tiny-model/golden.json';
import { largestDifference, loadFixture, makeImage } from './fixture-model';

const MANIFEST_URL = new URL('../../fixtures/tiny-model/model-manifest.json', import.meta.url).href;
const SIDE = 64;
const request = { ...golden.request, numInferenceSteps: 4 } as GenerationRequest;
/** A ramp in each colour. */
const rgb = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
  return [3 * x, 3 * y, 2 * (x + y)][i % 3];
});
/** The right half. */
const region = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE >= 32 ? 1 : 0));

/** Mean |Δ| over the pixels of which `where` says so, in grey levels. */
function meanDifference(rgba: Uint8ClampedArray, where: (i: number) => boolean): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < SIDE * SIDE; i++) {
    if (!where(i)) continue;
    for (let c = 0; c < 3; c++) sum += Math.abs(rgba[4 * i + c] - rgb[3 * i + c]);
    count += 3;
  }
  return sum / count;
}

test('strength 0 is the round trip through the VAE, number for number', async () => {
  const { model } = await loadFixture(MANIFEST_URL, 'tiny', 'wasm');
  const { float } = await makeImage(model, { ...request, init: { rgb, strength: 0 } });
  const roundTrip = await model.decodeFloat(await model.encodeImage(toEncoderInput(rgb)));
  expect(largestDifference(float, roundTrip)).toBe(0);
  await model.release();
});

test('inpainting changes the region and not one byte outside it, feathered or not', async () => {
  const { model } = await loadFixture(MANIFEST_URL, 'tiny', 'wasm');
  for (const featherPx of [0, 8]) {
    const inpaint = { region, featherPx };
    const init = { rgb, strength: 1 };
    const { rgba } = await makeImage(model, { ...request, init, inpaint });
    expect(meanDifference(rgba, (i) => region[i] === 0)).toBe(0);
    expect(meanDifference(rgba, (i) => region[i] === 1)).toBeGreaterThan(10);
  }
  await model.release();
});

test('without the pixels put back, what inpainting protects is the VAE’s round trip of it', async () => {
  const { model } = await loadFixture(MANIFEST_URL, 'tiny', 'wasm');
  const inpaint = { region, featherPx: 0 };
  const { float } = await makeImage(model, { ...request, init: { rgb, strength: 1 }, inpaint });
  const roundTrip = await model.decodeFloat(await model.encodeImage(toEncoderInput(rgb)));
  // A latent pixel's neighbours reach a little over the border: the leftmost quarter is far from it.
  const isFar = (i: number) => i % SIDE < 16;
  const [a, b] = [float, roundTrip].map((image) => [...image].filter((_, i) => isFar(i)));
  expect(largestDifference(a, b)).toBeLessThan(1e-5);
  await model.release();
});

test('a mask reaches the picture, and another mask makes another one', async () => {
  const { model } = await loadFixture(MANIFEST_URL, 'tiny', 'wasm');
  const labels = new Uint16Array(SIDE * SIDE).fill(1, 0, 1000);
  const others = new Uint16Array(SIDE * SIDE).fill(1, 2000);
  const images = [];
  for (const mask of [undefined, { labels }, { labels: others }]) {
    images.push((await makeImage(model, { ...request, ...(mask && { mask }) })).float);
  }
  expect(largestDifference(images[0], images[1])).toBeGreaterThan(1e-3);
  expect(largestDifference(images[1], images[2])).toBeGreaterThan(1e-3);
  await model.release();
});
