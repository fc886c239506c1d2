import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { encodeImage } from '../../../src/dataset/encode-image';
import { encodePng } from '../../../src/image/png';
import { markOf, readMark } from '../../../src/image/read-mark';
import { syntheticTexts } from '../../../src/image/synthetic-texts';
import type { Provenance } from '../../../src/contract/provenance';
import type { GenerationRequest } from '../../../src/contract/request';
import { DESCRIPTION, record } from '../dataset/toy-dataset';

const request: GenerationRequest = {
  ...{ modelId: 'toy', prompt: 'chest x-ray', negativePrompt: '', seed: 1, imageIndex: 0 },
  ...{ numInferenceSteps: 4, guidanceScale: 1, scheduler: 'ddim', covariates: {} },
};
const OUTSIDE: Provenance = { origin: 'outside', similarity: [] };
const rgba = Uint8ClampedArray.from({ length: 4 * 36 }, (_, i) => i);
const pixels = { width: 6, height: 6, rgba };
const png = (provenance: Provenance) =>
  encodePng(pixels, syntheticTexts(request, 'ab', [], provenance));

test.each(['png', 'png-16', 'dicom', 'nifti'] as const)(
  'what is written as %s is read for what it is',
  async (format) => {
    for (const [provenance, mark] of [
      [{ origin: 'text' }, 'synthetic'],
      [{ origin: 'sketch' }, format.startsWith('png') ? 'composite' : 'synthetic'],
      [OUTSIDE, 'composite'],
      [{ origin: 'unknown' }, 'composite'],
    ] as const) {
      const labels = record(0, { provenance });
      const { blob } = await encodeImage(png(provenance), labels, DESCRIPTION, 0, format);
      expect([provenance.origin, await readMark(blob)]).toEqual([provenance.origin, mark]);
    }
  },
);

test('every term of IPTC for a mixed image is one', () => {
  expect(markOf('…/digitalsourcetype/compositeSynthetic<')).toBe('composite');
  expect(markOf('…/digitalsourcetype/compositeWithTrainedAlgorithmicMedia<')).toBe('composite');
  expect(markOf('…/digitalsourcetype/trainedAlgorithmicMedia<')).toBe('synthetic');
  expect(markOf('…/digitalsourcetype/digitalCapture<')).toBeNull();
});

test('where marks contradict each other, the one that claims less holds', async () => {
  const both = encodePng(pixels, {
    ...syntheticTexts(request, 'ab'),
    Comment: 'digitalsourcetype/compositeWithTrainedAlgorithmicMedia',
  });
  expect(await readMark(both)).toBe('composite');
});

test('a stripped file, a real one and a broken one say nothing', async () => {
  expect(await readMark(encodePng(pixels, {}))).toBeNull();
  const real = readFileSync(resolve(import.meta.dirname, '../../fixtures/formats/ct-explicit.dcm'));
  expect(await readMark(new Blob([real]))).toBeNull();
  expect(await readMark(new Blob([Uint8Array.of(0x1f, 0x8b, 8, 0, 9, 9)]))).toBeNull();
  expect(await readMark(new Blob([]))).toBeNull();
});
