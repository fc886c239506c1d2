import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refuseUnfit, refuseUnfitRows } from '../../../src/cli/fits-modality';
import type { Recipe } from '../../../src/dataset/recipe';
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { modalityPhrases, promptModality } from '../../../src/models/manifest/prompt-modality';

const manifest = JSON.parse(readFileSync('model-manifest.json', 'utf8')) as ModelManifest;
const [entry] = manifest.models;
const volumes = manifest.models.find(({ volume }) => volume)!;
const known = modalityPhrases(manifest);
const mask = { labels: new Uint16Array(1) };

test('every example names its own kind of image, or none', () => {
  for (const { prompt, modality } of entry.examples) {
    expect([modality, null]).toContain(promptModality(prompt, entry, known));
  }
  expect(promptModality('axial T1 brain MRI, 80 year old woman', entry, known)).toBe('brain MRI');
  expect(promptModality('thorax x-ray', entry, known)).toBe('chest x-ray');
  expect(promptModality('pneumonia', entry, known)).toBeNull();
  expect(promptModality('anything', volumes, known)).toBe('hippocampus MRI');
});

test.each([
  [
    'brain MRI, glioma',
    { dr_grade: 2 },
    undefined,
    /dr_grade means nothing .* brain MRI .*age, sex, nwbv/,
  ],
  ['frontal chest x-ray', { skin_tone: 1 }, undefined, /skin_tone .* which is for skin photo/],
  ['breast ultrasound', { age: 50 }, undefined, /expected none, got age/],
  ['frontal chest x-ray', {}, mask, /A mask means nothing .* chest x-ray \(expected microscopy\)/],
])('%s with %j is refused', (prompt, covariates, asked, words) => {
  const request = { prompt, covariates: covariates as Record<string, number>, mask: asked };
  expect(() => refuseUnfit(request, entry, known)).toThrow(
    expect.objectContaining({
      name: 'RequestInvalid',
      message: expect.stringMatching(words) as string,
    }) as Error,
  );
});

test.each([
  ['brain MRI, glioma', { age: 50, csf_fraction: 0.3 }, undefined],
  ['fluorescence microscopy of cell nuclei', { nuclei: 20 }, mask],
  ['glioma', { dr_grade: 2 }, mask],
])('%s with %j passes', (prompt, covariates, asked) => {
  const request = { prompt, covariates: covariates as Record<string, number>, mask: asked };
  expect(() => refuseUnfit(request, entry, known)).not.toThrow();
});

test('a row of a recipe is refused where none of its prompts can have the covariate', () => {
  const kinds = ['chest x-ray', 'brain MRI'].map((value) => ({ value, share: 1 }));
  const row = { count: 2, prompt: '{kind}, no finding', words: { kind: kinds } };
  const recipe = (covariates: Recipe['rows'][0]['covariates']) =>
    ({ rows: [{ ...row, covariates }] }) as unknown as Recipe;
  expect(() => refuseUnfitRows(recipe({ nwbv: 0.7 }), entry, known)).not.toThrow();
  expect(() => refuseUnfitRows(recipe({ dr_grade: 1 }), entry, known)).toThrow(
    /Row 1: .* chest x-ray or brain MRI/,
  );
});
