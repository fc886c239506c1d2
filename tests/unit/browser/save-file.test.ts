import { afterEach, expect, test } from 'vitest';
import { tellKeepsPlain } from '../../../src/browser/keeps-plain';
import { downloadName } from '../../../src/browser/save-file';

afterEach(() => tellKeepsPlain(() => true));

const NOW = new Date('2026-11-27T20:15:30.123Z');

test('a file is called after what it shows, where images may be kept in clear', () => {
  expect(downloadName('chest-x-ray-7-0.png', NOW)).toBe('chest-x-ray-7-0.png');
});

test.each([
  ['chest-x-ray-7-0.png', 'phantoscope-20261127201530.png'],
  ['hippocampus-7-0.nii.gz', 'phantoscope-20261127201530.nii.gz'],
  ['hippocampus-7-0_label.nii.gz', 'phantoscope-20261127201530_label.nii.gz'],
  ['Zebras of a clinic.recipe.json', 'phantoscope-20261127201530.recipe.json'],
  ['tuned zebra.safetensors', 'phantoscope-20261127201530.safetensors'],
  ['a.secret patient.zip', 'phantoscope-20261127201530.zip'],
  ['no ending', 'phantoscope-20261127201530'],
])('else %s says nothing: the browser writes it into its history', (name, told) => {
  let plain = false;
  tellKeepsPlain(() => plain);
  expect(downloadName(name, NOW)).toBe(told);
  plain = true; // encryption was taken away
  expect(downloadName(name, NOW)).toBe(name);
});
