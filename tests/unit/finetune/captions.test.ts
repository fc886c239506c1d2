import { expect, test } from 'vitest';
import { captionsFor } from '../../../src/finetune/captions';

const AGE = {
  ...{ name: 'age', title: 'Age', unit: 'years', min: 0, max: 100, step: 1 },
  ...{ help: '', appliesTo: [] },
};
const SEX = {
  ...{ ...AGE, name: 'sex', max: 1 },
  choices: [
    { value: 0, title: 'female' },
    { value: 1, title: 'male' },
  ],
};
const PATHS = ['knees/torn/a_001.png', 'knees/b-left_knee.dcm'];

function captions(source: 'one' | 'csv' | 'name' | 'label', csv: string | null = null) {
  return captionsFor(PATHS, { source, text: 'knee MRI', csv }, [AGE, SEX]);
}

test('captions come from one text, from sub-folders, from names', () => {
  const words = (source: 'one' | 'name' | 'label') => captions(source).map((one) => one.caption);
  expect(words('one')).toEqual(['knee MRI', 'knee MRI']);
  expect(words('label')).toEqual(['knee MRI, torn', 'knee MRI']);
  expect(words('name')).toEqual(['a', 'b left knee']);
});

test('a CSV gives captions and covariates, and what it leaves out has the common caption', () => {
  const csv = 'File;Caption;age;sex\na_001;"torn; badly";61;male\n';
  expect(captions('csv', csv)).toEqual([
    { caption: 'torn; badly', covariates: { age: 61, sex: 1 } },
    { caption: 'knee MRI', covariates: {} },
  ]);
});

test('a covariate out of range, or of no meaning, is left out', () => {
  const csv = 'file,caption,age,sex\na_001.png,x,610,unknown\n';
  expect(captions('csv', csv)[0].covariates).toEqual({});
});

test('a CSV without these columns is refused', () => {
  expect(() => captions('csv', 'a,b\n1,2')).toThrow('does not say which column is which');
});
