import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { enlargePng } from '../../../src/image/enlarged-png';
import { encodePng, encodeSamples, readPngTexts } from '../../../src/image/png';
import { markOf } from '../../../src/image/read-mark';
import { readPng } from '../../../src/image/read-png';
import { LANCZOS, resizeBytes } from '../../../src/image/resampling';
import { readRequest, relabel, syntheticTexts } from '../../../src/image/synthetic-texts';
import { findMade } from '../../../src/pictures/made-here';
import type { GalleryEntry } from '../../../src/views/gallery/gallery-entry';
import type { GenerationRequest } from '../../../src/contract/request';
import cases from '../../fixtures/enlarge.json';

test.each(cases)('$name: as Pillow has it, edges too, to the byte', (one) => {
  const { width, height, samples } = one;
  const channels = samples.length / (width * height);
  const picture = { width, height, channels, data: Uint8Array.from(samples) };
  const enlarged = resizeBytes(picture, 2 * width, 2 * height, LANCZOS);
  expect(enlarged).toMatchObject({ width: 2 * width, height: 2 * height });
  expect([...enlarged.data]).toEqual(one.enlarged);
});

const request: GenerationRequest = {
  ...{ modelId: 'toy', prompt: 'chest', negativePrompt: '', seed: 1, imageIndex: 0 },
  ...{ numInferenceSteps: 4, guidanceScale: 1, scheduler: 'ddim', covariates: { age: 61 } },
};
const SAID = 'Enlarged 2x by Lanczos interpolation; no detail was added.';

/** A picture of 4 × 3, with what the app writes into it. */
function picture() {
  const rgba = Uint8Array.from({ length: 48 }, (_, i) => (i % 4 === 3 ? 255 : i * 5));
  return encodePng(
    { width: 4, height: 3, rgba },
    syntheticTexts(request, 'abc', ['age 61 years'], { origin: 'text' }),
  );
}

async function read(png: Blob) {
  return readPng(new Uint8Array(await png.arrayBuffer()));
}

test('an enlarged file says all that the original says, and what was done to it', async () => {
  const enlarged = await enlargePng(picture());
  const { width, height, channels } = await read(enlarged);
  expect({ width, height, channels }).toEqual({ width: 8, height: 6, channels: 3 });
  const before = await readPngTexts(picture());
  const texts = await readPngTexts(enlarged);
  expect(texts).toMatchObject({ ...before, Description: expect.any(String) as string });
  expect(texts.Description).toBe(before.Description.replace('\nAsked for', ` ${SAID}\nAsked for`));
  expect(texts['phantoscope:enlarged']).toBe('2x by Lanczos interpolation; no detail was added');
  expect(await readRequest(enlarged)).toEqual(request);
  expect(markOf(await enlarged.slice(0, 8192).text())).toBe('synthetic');
});

test('what is labelled anew stays enlarged in words', async () => {
  const texts = await readPngTexts(
    await relabel(await enlargePng(picture()), { origin: 'unknown' }),
  );
  expect(texts['phantoscope:enlarged']).toMatch(/^2x by Lanczos/);
});

test('grey stays one channel', async () => {
  const grey = encodeSamples({ width: 2, height: 2, samples: Uint8Array.of(0, 50, 100, 150) }, {});
  expect(await read(await enlargePng(grey))).toMatchObject({ width: 4, height: 4, channels: 1 });
});

test('by its pixels an enlarged file was not made here, the original was', async () => {
  const hash = async (png: Blob) => {
    const { samples } = await read(png);
    return createHash('sha256').update(Uint8Array.from(samples)).digest('hex');
  };
  const original = { pixelHash: await hash(picture()), provenance: { origin: 'text' } };
  const gallery = [original as GalleryEntry];
  expect(await findMade(await hash(picture()), gallery, null)).toEqual({ origin: 'synthetic' });
  expect(await findMade(await hash(await enlargePng(picture())), gallery, null)).toBeNull();
});

test('a file that is cut off is named as such', async () => {
  await expect(enlargePng(picture().slice(0, 200))).rejects.toThrow(
    expect.objectContaining({ name: 'ImageUnreadable' }),
  );
});
