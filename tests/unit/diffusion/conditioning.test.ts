import { expect, test } from 'vitest';
import { buildConditions, covariateVectors } from '../../../src/diffusion/conditioning';
import { entry, request } from './fakes';

const embeds = (...numbers: number[]) => ({
  embeds: Float32Array.from(numbers),
  dims: [1, 1, numbers.length],
  unknownWords: [],
  ignoredWords: [],
});

test('covariates go from their range to −1…1 in the order of the manifest, with flags', () => {
  const { covariates } = entry.conditions;
  expect(covariateVectors(covariates, { grade: 4, age: 25 })).toEqual({
    values: Float32Array.of(-0.5, 1),
    present: Float32Array.of(1, 1),
  });
});

test('a covariate nobody asked for is 0 and absent, and 0 itself is present', () => {
  const { covariates } = entry.conditions;
  expect(covariateVectors(covariates, { grade: 0 })).toEqual({
    values: Float32Array.of(0, -1),
    present: Float32Array.of(0, 1),
  });
});

test('with guidance the first row has the negative prompt and no covariates', () => {
  expect(buildConditions(entry, request, embeds(1, 2), embeds(8, 9))).toMatchObject({
    batch: 2,
    promptEmbeds: Float32Array.of(8, 9, 1, 2),
    promptEmbedsDims: [2, 1, 2],
    covariates: Float32Array.of(0, 0, 0.5, 0),
    covariatesPresent: Float32Array.of(0, 0, 1, 0),
  });
});

test('without guidance there is one row, the asked one', () => {
  expect(buildConditions(entry, request, embeds(1, 2), null)).toMatchObject({
    batch: 1,
    promptEmbeds: Float32Array.of(1, 2),
    promptEmbedsDims: [1, 1, 2],
    covariates: Float32Array.of(0.5, 0),
  });
});

test('with a second text encoder a picture is told its size, and each text in one vector', () => {
  const pooled = (x: number) => ({ ...embeds(x, x), pooled: Float32Array.of(x, x, x) });
  const { width, height } = entry.image;
  expect(buildConditions(entry, request, pooled(1), pooled(8))).toMatchObject({
    pooledEmbeds: Float32Array.of(8, 8, 8, 1, 1, 1),
    timeIds: Float32Array.of(height, width, 0, 0, height, width),
  });
  expect(buildConditions(entry, request, embeds(1, 2), null)).not.toHaveProperty('timeIds');
});
