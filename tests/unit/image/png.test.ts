import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { encodePng, readPngTexts } from '../../../src/image/png';
import { readRequest, syntheticTexts } from '../../../src/image/synthetic-texts';
import type { GenerationRequest } from '../../../src/contract/request';

const pixels = {
  width: 2,
  height: 1,
  rgba: Uint8ClampedArray.of(1, 2, 3, 255, 250, 251, 252, 255),
};
const request: GenerationRequest = {
  modelId: 'toy',
  prompt: 'röntgen of a chest, 胸部\nsecond line',
  negativePrompt: '',
  seed: 4294967295,
  imageIndex: 3,
  numInferenceSteps: 4,
  guidanceScale: 2.5,
  scheduler: 'flow-match-euler',
  covariates: { age: 61 },
};

async function bytesOf(blob: Blob) {
  return new Uint8Array(await blob.arrayBuffer());
}

test('pixels come back unchanged, as opaque RGB', async () => {
  const png = decode(await bytesOf(encodePng(pixels, syntheticTexts(request, 'abc'))), {
    checkCrc: true,
  });
  expect(png).toMatchObject({ width: 2, height: 1, channels: 3, depth: 8 });
  expect([...png.data]).toEqual([1, 2, 3, 250, 251, 252]);
  // fast-png reads tEXt and has nothing to do with how it was written here.
  expect(png.text.Software).toBe('Phantoscope');
});

test('the whole request is read back, whatever its script', async () => {
  expect(await readRequest(encodePng(pixels, syntheticTexts(request, 'abc')))).toEqual(request);
});

test('every image says that it is synthetic, in words and in XMP', async () => {
  const texts = await readPngTexts(encodePng(pixels, syntheticTexts(request, 'abc')));
  expect(texts.Description).toMatch(/synthetic.*not for diagnosis/i);
  expect(texts['XML:com.adobe.xmp']).toContain(
    'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
  );
  expect(texts['phantoscope:model']).toBe('abc');
});

test('the covariates stand in the description in words', async () => {
  const words = ['age 61 years', 'female'];
  const texts = await readPngTexts(encodePng(pixels, syntheticTexts(request, 'abc', words)));
  expect(texts.Description).toMatch(/Not for diagnosis\.\nAsked for: age 61 years, female$/);
  expect(syntheticTexts(request, 'abc').Description).not.toContain('Asked for');
});

test('a PNG of another program has no request', async () => {
  expect(await readRequest(encodePng(pixels, { Software: 'x' }))).toBeNull();
});

test.each([
  ['no PNG', (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(0, 0, 8)],
  ['cut off', (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -8)],
  ['altered', (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(7, 45, 46)],
])('a file that is %s is ImageUnreadable', async (_, damage) => {
  const bytes = await bytesOf(encodePng(pixels, { Software: 'x' }));
  await expect(readPngTexts(new Blob([damage(bytes)]))).rejects.toMatchObject({
    name: 'ImageUnreadable',
  });
});
