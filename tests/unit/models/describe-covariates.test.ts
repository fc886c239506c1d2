import { expect, test } from 'vitest';
import { describeCovariates } from '../../../src/models/manifest/describe-covariates';
import type { Covariate } from '../../../src/models/manifest/manifest';

const titles = (...names: string[]) => names.map((title, value) => ({ value, title }));
const covariates = [
  { name: 'age', title: 'Age', unit: 'years' },
  { name: 'sex', title: 'Sex', unit: '', choices: titles('female', 'male') },
  { name: 'grade', title: 'DR grade', unit: '', choices: titles('0 none', '1 mild', '2 moderate') },
] as Covariate[];

test('covariates read as words, in the order of the manifest', () => {
  expect(describeCovariates({ grade: 2, sex: 0, age: 50 }, covariates)).toEqual([
    ...['age 50 years', 'female', 'DR grade 2 moderate'],
  ]);
  expect(describeCovariates({}, covariates)).toEqual([]);
});

test('a covariate of another model keeps its name', () => {
  expect(describeCovariates({ weight: 80 }, covariates)).toEqual(['weight 80']);
});
