import { afterEach, beforeEach, expect, test } from 'vitest';
import { FormState } from '../../../src/controls/form.svelte';
import { FormMemory } from '../../../src/views/storage/state/form-memory';
import { fakeEntry } from './ui-fakes';

const memory = () => new FormMemory(sessionStorage);

beforeEach(() => sessionStorage.clear());
afterEach(() => sessionStorage.clear());

function written() {
  const form = new FormState(fakeEntry());
  form.prompt = 'frontal chest x-ray, effusion';
  form.seed = 42;
  form.numInferenceSteps = 11;
  form.covariates = { age: 60 };
  return form;
}

test('a reload finds the form as it was', () => {
  const form = written();
  memory().keep(form);
  const reloaded = new FormState(fakeEntry());
  memory().restore(reloaded);
  expect(reloaded.contents).toEqual(form.contents);
});

test('another model takes over words, seed and the covariates that it knows, and keeps its own steps', () => {
  memory().keep(written());
  const [age] = fakeEntry().conditions.covariates;
  const other = new FormState(
    fakeEntry({ id: 'other', conditions: { covariates: [age], initImage: false } }),
  );
  const { numInferenceSteps } = other;
  memory().restore(other);
  expect(other.contents).toMatchObject({
    ...{ prompt: 'frontal chest x-ray, effusion', seed: 42, seedLocked: true, numInferenceSteps },
    covariates: { age: 60 },
  });
});

test('a model of other images begins with its own example', () => {
  memory().keep(written());
  const examples = [{ modality: 'knee MRI', title: 'Knee', prompt: 'sagittal knee mri' }];
  const other = new FormState(fakeEntry({ id: 'other', examples }));
  memory().restore(other);
  expect(other.prompt).toBe('sagittal knee mri');
  expect(other.seed).toBe(42);
});

test.each(['{', 'null', '{"modelId":"fake","contents":{"checking":null}}', '[]', '7'])(
  '%s in the storage leaves the form as a new one is',
  (text) => {
    sessionStorage.setItem('form', text);
    const form = new FormState(fakeEntry());
    const { prompt, count } = form;
    memory().restore(form);
    expect(form.contents).toMatchObject({ prompt, count });
  },
);

test('a storage that is denied or full costs nothing but the memory', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error('full');
    },
    removeItem: () => undefined,
  };
  const one = new FormMemory(full as unknown as Storage);
  expect(() => one.keep(written())).not.toThrow();
  expect(() => new FormMemory(null).restore(new FormState(fakeEntry()))).not.toThrow();
});
