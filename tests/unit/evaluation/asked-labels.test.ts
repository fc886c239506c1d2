import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { askedLabels } from '../../../src/evaluation/asked-labels';
import { weigh } from '../../../src/evaluation/judge-picture';
import { validateManifest } from '../../../src/models/manifest/validate-manifest';

const shipped = resolve(import.meta.dirname, '../../../model-manifest.json');
const manifest = validateManifest(JSON.parse(readFileSync(shipped, 'utf8')));
const labels = manifest.evaluation!.networks.find(({ id }) => id === 'label-network')!.labels!;

/** What is accepted, as "set/label", and the sets that are chosen from. */
function asked(prompt: string) {
  const found = askedLabels(prompt, labels);
  if (!found) return null;
  const name = (i: number) => `${labels.classes[i].set}/${labels.classes[i].label}`;
  const sets = found.candidates.map((i) => labels.classes[i].set);
  return { accepted: found.accepted.map(name), sets: [...new Set(sets)] };
}

test.each([
  ['brain MRI, glioma', ['nickparvar/glioma'], ['nickparvar']],
  ['glioma', ['nickparvar/glioma'], ['nickparvar']],
  ['Breast ultrasound: Benign lesion', ['busi/benign'], ['busi']],
  [
    'frontal chest x-ray, adult, PA view, no finding',
    ['kermany/normal', 'nih/No_findings'],
    ['kermany', 'nih'],
  ],
  [
    'pediatric frontal chest x-ray, bacterial pneumonia',
    ['kermany/bacterial pneumonia'],
    ['kermany'],
  ],
  ['retinal fundus photograph, no diabetic retinopathy', ['idrid/DR0'], ['idrid']],
  ['axial T1 brain MRI, 80 year old woman, no dementia', ['oasis1/axial'], ['oasis1']],
  ['clinical skin photo, brown skin, nevus', ['pad_ufes/NEV'], ['pad_ufes']],
  ['fluorescence microscopy of cell nuclei', ['dsb2018/fluorescence'], ['dsb2018']],
])('"%s" asks for %j', (prompt, accepted, sets) => {
  expect(asked(prompt)).toEqual({ accepted, sets });
});

test('the shorter word means every label that holds it', () => {
  expect(asked('chest x-ray, pneumonia')?.accepted).toEqual([
    'hannover/covid-19',
    'kermany/bacterial pneumonia',
    'kermany/viral pneumonia',
    'nih/Pneumonia',
  ]);
});

test('a label that is alone in its set is chosen from all of that kind of image', () => {
  expect(asked('chest x-ray, covid-19')).toEqual({
    accepted: ['hannover/covid-19'],
    sets: ['hannover', 'kermany', 'nih'],
  });
});

test.each([
  ['no label', 'chest x-ray'],
  ['a label of several kinds of image', 'normal'],
  ['a denied label', 'chest x-ray, not viral pneumonia'],
  ['a label after "without"', 'brain MRI without meningioma'],
  ['words that only begin like a label', 'brain MRI, gliomatosis'],
  ['nothing', ''],
])('%s is nothing to check', (_what, prompt) => {
  expect(askedLabels(prompt, labels)).toBeNull();
});

test('every example of the shipped models of pictures names a label', () => {
  // The label network has seen no volumes.
  const silent = manifest.models
    .filter((entry) => !('volume' in entry))
    .flatMap(({ examples }) => examples.map(({ prompt }) => prompt))
    .filter((prompt) => askedLabels(prompt, labels) === null);
  expect(silent).toEqual([]);
});

test('the probability is the accepted share among the candidates, whatever other classes get', () => {
  const labels = { accepted: [0, 1], candidates: [0, 1, 2], titles: [] };
  const logits = [Math.log(1), Math.log(2), Math.log(7), 100];
  const { probability, called } = weigh(logits, labels);
  expect(probability).toBeCloseTo(0.3, 12); // (1 + 2) / (1 + 2 + 7)
  expect(called).toBe(2);
});

test('large logits do not overflow', () => {
  const { probability } = weigh([1000, 999], { accepted: [0], candidates: [0, 1], titles: [] });
  expect(probability).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
});
