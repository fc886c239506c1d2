import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { editBySentence } from '../../../src/controls/edit/edit-sentence';
import type { ModelManifest } from '../../../src/models/manifest/manifest';

const { models, evaluation } = JSON.parse(
  readFileSync(new URL('../../../model-manifest.json', import.meta.url), 'utf8'),
) as ModelManifest;
const [entry] = models;
const labels = evaluation!.networks.find((network) => network.labels)!.labels;
const after = (sentence: string, prompt: string, covariates = {}) =>
  editBySentence(sentence, { prompt, covariates }, { entry, labels });

test.each([
  ['make it glioma', 'brain MRI slice, no tumor', 'brain MRI slice, glioma'],
  ['without tumour', 'brain MRI slice, glioma tumor', 'brain MRI slice, without tumour'],
  [
    'make it bacterial pneumonia',
    'pediatric frontal chest x-ray, normal lungs',
    'pediatric frontal chest x-ray, bacterial pneumonia',
  ],
  // The words of children's images for a child's, those of adults' for an adult's: the model learned them apart.
  [
    'make it pneumonia',
    'pediatric frontal chest x-ray, normal lungs',
    'pediatric frontal chest x-ray, bacterial pneumonia',
  ],
  [
    'make it pneumonia',
    'frontal chest x-ray, adult, PA view, no finding',
    'frontal chest x-ray, adult, PA view, pneumonia',
  ],
  ['pneumonia', 'normal chest x-ray', 'pneumonia chest x-ray'],
  ['a pituitary adenoma, please', 'axial brain MRI', 'axial brain MRI, pituitary adenoma'],
  ['malignant', 'breast ultrasound, benign lesion', 'breast ultrasound, malignant'],
])('"%s" of "%s" is "%s"', (sentence, prompt, expected) => {
  expect(after(sentence, prompt)).toEqual({ prompt: expected, covariates: {} });
});

test('more and less move a covariate by a quarter of its range, from what is known of it', () => {
  const prompt = 'chest x-ray, PA view, 40 year old man, no finding';
  expect(after('older', prompt)).toEqual({
    prompt: 'chest x-ray, PA view, 65 year old man, no finding',
    covariates: { age: 65 },
  });
  expect(after('younger', prompt, { age: 20 }).covariates).toEqual({ age: 0 });
  const nuclei = 'fluorescence microscopy of cell nuclei';
  expect(after('more nuclei', nuclei, { nuclei: 20 }).covariates).toEqual({ nuclei: 50 });
  expect(after('fewer nuclei', nuclei).covariates).toEqual({ nuclei: 30 });
});

test('a value is taken as it is said, a choice by its words', () => {
  const prompt = 'clinical skin photo, tan skin, nevus';
  expect(after('dark skin', prompt)).toEqual({
    prompt: 'clinical skin photo, dark skin, nevus',
    covariates: { skin_tone: 0 },
  });
  expect(after('80 years old', 'axial T1 brain MRI, 60 year old woman').covariates).toEqual({
    age: 80,
  });
});

test('label and covariate may change together', () => {
  expect(after('make it melanoma, darker', 'clinical skin photo, tan skin, nevus')).toEqual({
    prompt: 'clinical skin photo, brown skin, melanoma',
    covariates: { skin_tone: 1 },
  });
});

test('a sentence that names no change is refused, with what can be asked', () => {
  expect(() => after('make it nicer', 'brain MRI slice, no tumor')).toThrow(
    /"make it nicer" names no change that can be asked of brain MRI \(expected one of: glioma tumor, .*older, younger/,
  );
  expect(() => after('more nuclei', 'brain MRI slice, no tumor')).toThrow(/names no change/);
});

test('what the image shows already is no change, and it has to be said what it shows', () => {
  expect(() => after('no tumor', 'brain MRI slice, no tumor')).toThrow(/shows already/);
  expect(() => after('older', ' ')).toThrow(/What the image shows is not said/);
});
