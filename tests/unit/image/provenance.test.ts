import { expect, test } from 'vitest';
import {
  countSources,
  digitalSourceType,
  hasSource,
  ofSheet,
  originSentences,
  provenanceOf,
  repeatsSource,
  similarityTo,
} from '../../../src/image/provenance';
import type { Provenance } from '../../../src/contract/provenance';
import type { GenerationRequest } from '../../../src/contract/request';

const grey = (...levels: number[]) => Uint8Array.from(levels.flatMap((x) => [x, x, x]));
const opaque = (...levels: number[]) => Uint8Array.from(levels.flatMap((x) => [x, x, x, 255]));
const request: GenerationRequest = {
  ...{ modelId: 'toy', prompt: 'x', negativePrompt: '', seed: 1, imageIndex: 0 },
  ...{ numInferenceSteps: 4, guidanceScale: 1, scheduler: 'ddim', covariates: {} },
};

test('equal pixels are counted, and brightness is correlated as numpy.corrcoef does', () => {
  const found = similarityTo(grey(0, 50, 100, 200), opaque(0, 60, 90, 200), false);
  expect(found.equalPixels).toBe(0.5);
  // numpy.corrcoef([0, 50, 100, 200], [0, 60, 90, 200])[0, 1]
  expect(found.correlation).toBeCloseTo(0.9955161294555, 12);
  expect(similarityTo(grey(0, 9), opaque(9, 0), false).correlation).toBeCloseTo(-1, 12);
});

test('a picture of one brightness correlates with nothing', () => {
  expect(similarityTo(grey(7, 7), opaque(7, 7), false)).toMatchObject({
    equalPixels: 1,
    correlation: 0,
  });
});

test('a file whose source nobody vouches for is from outside', () => {
  const from = provenanceOf(
    { ...request, init: { rgb: grey(1, 2), strength: 0 } },
    { rgba: opaque(1, 3) },
  );
  expect(from.origin).toBe('outside');
  expect(from.similarity).toHaveLength(1);
});

test('a request as it was saved, without pixels and without a word of its source, is from outside', () => {
  expect(provenanceOf({ ...request, init: { strength: 0.5, sha256: 'ab' } })).toEqual({
    origin: 'outside',
    similarity: [],
  });
});

test('a picture of a picture of an outside image is from outside, and both steps are kept', () => {
  const before = [{ equalPixels: 0.9, correlation: 0.99, keptPart: true }];
  const init = { rgb: grey(1, 2), strength: 1, from: { origin: 'outside' as const, before } };
  const { origin, similarity } = provenanceOf({ ...request, init }, { rgba: opaque(200, 3) });
  expect(origin).toBe('outside');
  expect(similarity).toEqual([expect.objectContaining({ equalPixels: 0 }), before[0]]);
});

const outside = (equalPixels: number, correlation: number, keptPart = false): Provenance => ({
  origin: 'outside',
  similarity: [{ equalPixels, correlation, keptPart }],
});

test.each<[string, Provenance | undefined, boolean]>([
  ['a part painted anew', outside(0.2, 0.3, true), true],
  ['half of the pixels', outside(0.5, 0), true],
  ['a round trip through the encoder', outside(0.01, 0.99), true],
  ['another picture', outside(0.01, 0.7), false],
  ['nothing measured', { origin: 'outside', similarity: [] }, true],
  ['a picture made here, whole', { ...outside(1, 1), origin: 'synthetic' }, false],
  ['nothing recorded', undefined, false],
])('whether %s repeats its source', (_, provenance, expected) => {
  expect(repeatsSource(provenance)).toBe(expected);
});

test('a distant picture of a near copy is none itself', () => {
  const far = { equalPixels: 0, correlation: 0.2, keptPart: false };
  const near = { equalPixels: 0.9, correlation: 0.99, keptPart: false };
  expect(repeatsSource({ origin: 'outside', similarity: [far, near] })).toBe(false);
  expect(repeatsSource({ origin: 'outside', similarity: [near, near] })).toBe(true);
});

test('what nobody recorded is unknown, and counted apart', () => {
  expect(hasSource(undefined)).toBe(true);
  expect(countSources([undefined, { origin: 'text' }, outside(1, 1)])).toEqual({
    outside: 1,
    unknown: 1,
  });
});

test('a sheet says what the least known of its pictures says', () => {
  expect(ofSheet([{ origin: 'text' }, outside(0, 0), undefined]).origin).toBe('outside');
  expect(ofSheet([{ origin: 'text' }, undefined]).origin).toBe('unknown');
  expect(ofSheet([{ origin: 'text' }, { origin: 'mask' }]).origin).toBe('mask');
});

test('the words give the share, and never round a part up to all of it', () => {
  expect(originSentences(outside(0.9999, 0.5))).toContain('99 % of the pixels are the source');
  expect(originSentences(outside(1, 1))).toContain('100 % of the pixels');
  expect(originSentences(outside(0.0001, 0))).toContain('1 % of the pixels');
  expect(digitalSourceType(outside(0, 0))).toMatch(/\/compositeWithTrainedAlgorithmicMedia$/);
});
