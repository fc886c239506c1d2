import { expect, test } from 'vitest';
import type { Covariate, MeasuredEffect } from '../../../src/models/manifest/manifest';
import {
  covariateWarnings,
  effectWords,
  obedience,
  rangeWarning,
} from '../../../src/views/studio/state/measured-effect';

const AGE: Covariate = {
  ...{ name: 'age', title: 'Age', unit: 'years', min: 0, max: 120, step: 1 },
  ...{ help: '', appliesTo: [] },
};
const MEASURED: MeasuredEffect = {
  ...{ range: [60, 96], effect: 0.61, interval: [0.5, 0.7], n: 200, unit: '% of brain' },
  measure: 'the size of the ventricles',
};
const age = (change: Partial<MeasuredEffect> = {}) => ({
  ...AGE,
  measured: { ...MEASURED, ...change },
});

test('what was measured is said with its interval and number', () => {
  expect(effectWords(age())).toBe(
    'The model obeys this: correlation of asked and measured 0.61 (0.50 to 0.70), 200 pictures. ' +
      'Measured by: the size of the ventricles, % of brain.',
  );
  expect(effectWords(AGE)).toBe('');
});

test.each<[string, Partial<MeasuredEffect>, string]>([
  ['a clear effect', {}, 'obeyed'],
  ['one that may be none', { effect: 0.3, interval: [-0.1, 0.6] }, 'not obeyed'],
  ['one that nobody would see', { effect: 0.1, interval: [0.05, 0.15] }, 'not obeyed'],
  ['the opposite of what is asked', { effect: -0.6, interval: [-0.7, -0.5] }, 'not obeyed'],
])('%s', (_, change, expected) => {
  expect(obedience(age(change))).toBe(expected);
  expect(effectWords(age(change)).startsWith('The model was not seen')).toBe(
    expected === 'not obeyed',
  );
});

test('outside the range seen in training a value is warned of, and only there', () => {
  expect(rangeWarning(age(), 20)).toContain('outside what the model has seen (60 to 96 years)');
  expect(rangeWarning(age(), 60)).toBe('');
  expect(rangeWarning(age(), 97)).not.toBe('');
  expect(rangeWarning(age(), null)).toBe('');
  expect(rangeWarning(AGE, 20)).toBe('');
});

test('a terminal is warned of each value that was asked for, and of no other', () => {
  const weak = { ...age({ effect: 0.1, interval: [0, 0.2] }), name: 'weak', title: 'Weak' };
  const covariates = [age(), weak, AGE];
  expect(covariateWarnings({ age: 20 }, [age()])).toEqual([
    expect.stringContaining('Age 20 is outside') as string,
  ]);
  expect(covariateWarnings({ age: 70 }, [age()])).toEqual([]);
  expect(covariateWarnings({ weak: 97 }, covariates)).toEqual([
    expect.stringContaining('Weak 97 is outside') as string,
    expect.stringContaining('The model was not seen to obey this') as string,
  ]);
  expect(covariateWarnings({}, covariates)).toEqual([]);
});
