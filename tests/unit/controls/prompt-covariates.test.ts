import { expect, test } from 'vitest';
import type { Covariate } from '../../../src/models/manifest/manifest';
import { promptInStep, valueInPrompt } from '../../../src/controls/prompt-covariates';
import manifest from '../../../model-manifest.json' with { type: 'json' };

/** As training/export/export.py writes it; models before 1.0.0 have none. */
const NUCLEI = { name: 'nuclei', title: 'Number of nuclei', unit: '', min: 0, max: 120, step: 1 };

const covariate = (name: string) =>
  [...(manifest.models[0].conditions.covariates as Covariate[]), NUCLEI as Covariate].find(
    (one) => one.name === name,
  )!;

test.each([
  ['age', 75, 'axial T1 brain MRI, 80 year old woman', 'axial T1 brain MRI, 75 year old woman'],
  ['age', 75, 'woman aged 60, brain MRI', 'woman aged 75, brain MRI'],
  ['age', 5, 'man, 60-year-old', 'man, 5-year-old'],
  ['nuclei', 40, 'histology, 12 nuclei', 'histology, 40 nuclei'],
  ['nuclei', 7, '120 cell nuclei, fluorescence', '7 cell nuclei, fluorescence'],
  ['sex', 1, '80 year old woman', '80 year old man'],
  ['sex', 0, 'male patient', 'female patient'],
  ['view', 1, 'chest x-ray, PA view', 'chest x-ray, AP view'],
  ['skin_tone', 0, 'skin photo, very light skin, nevus', 'skin photo, dark skin, nevus'],
  ['skin_tone', 5, 'brown skin, nevus', 'very light skin, nevus'],
  ['dr_grade', 3, 'fundus, moderate diabetic retinopathy', 'fundus, severe diabetic retinopathy'],
  ['dr_grade', 0, 'fundus, mild retinopathy', 'fundus, no retinopathy'],
])('%s %d turns "%s" into "%s"', (name, value, before, after) => {
  expect(promptInStep(before, covariate(name), value)).toBe(after);
  expect(valueInPrompt(after, covariate(name))).toBe(value);
});

test.each([
  ['age', 75, 'chest x-ray, 2 nodules'],
  ['sex', 1, 'human brain MRI'],
  ['skin_tone', 0, 'light microscopy of cell nuclei'],
  ['dr_grade', 1, 'brain MRI, moderate dementia'],
  ['nwbv', 0.8, 'brain MRI'],
  ['nuclei', 30, 'microscopy of cell nuclei, 80 year old woman'],
])('%s leaves a prompt alone that says nothing about it: %d, "%s"', (name, value, prompt) => {
  expect(promptInStep(prompt, covariate(name), value)).toBe(prompt);
  expect(valueInPrompt(prompt, covariate(name))).toBeNull();
});

test('a prompt that says two things about one covariate says nothing', () => {
  expect(valueInPrompt('a man and a woman', covariate('sex'))).toBeNull();
});

test('names of LoRA files are no words: they say nothing of a covariate, and are not changed', () => {
  const prompt = 'brain MRI, 80 year old woman <lora:man:0.5> <lora:aged 20>';
  expect([covariate('sex'), covariate('age')].map((one) => valueInPrompt(prompt, one))).toEqual([
    ...[0, 80],
  ]);
  const changed = promptInStep(promptInStep(prompt, covariate('sex'), 1), covariate('age'), 60);
  expect(changed).toBe('brain MRI, 60 year old man <lora:man:0.5> <lora:aged 20>');
  expect(promptInStep(changed, covariate('sex'), 0)).toContain('<lora:man:0.5>');
});
