import { expect, test } from 'vitest';
import type { FeatureNetwork } from '../../../src/models/manifest/networks';
import { completeEntry } from '../../../src/models/manifest/generator';
import type { GeneratorEntry } from '../../../src/models/manifest/manifest';
import { FormState } from '../../../src/controls/form.svelte';
import { fakeEntry, fakeRequest } from '../views/ui-fakes';

test('the form starts with the first example and the defaults of the manifest', () => {
  const form = new FormState(fakeEntry());
  expect(form.nextRequest()).toMatchObject({
    prompt: 'frontal chest x-ray, no finding',
    numInferenceSteps: 8,
    guidanceScale: 4,
    covariates: { view: 0 },
    imageIndex: 0,
  });
});

test('each request draws a new seed until the seed is locked', () => {
  const form = new FormState(fakeEntry());
  expect(form.nextRequest().seed).not.toBe(form.nextRequest().seed);
  form.seedLocked = true;
  expect(form.nextRequest().seed).toBe(form.nextRequest().seed);
});

test('a typed seed locks itself', () => {
  const form = new FormState(fakeEntry());
  form.seed = 42;
  expect(form.nextRequest().seed).toBe(42);
});

test('"use these settings" asks for the very same picture', () => {
  const form = new FormState(fakeEntry());
  const request = fakeRequest({
    seed: 9,
    imageIndex: 3,
    prompt: 'axial t1 brain mri',
    negativePrompt: 'motion',
    covariates: { age: 70 },
    guidanceScale: 2.5,
  });
  form.useSettings(request);
  expect(form.nextRequest()).toEqual(request);
  expect(form.modality).toBe('brain MRI');
});

test('another seed starts at its first image', () => {
  const form = new FormState(fakeEntry());
  form.useSettings(fakeRequest({ imageIndex: 3 }));
  form.rollSeed();
  expect(form.nextRequest().imageIndex).toBe(0);
});

test('an example replaces the covariates of the one before', () => {
  const form = new FormState(fakeEntry());
  form.covariates.age = 50;
  form.useExample(form.model.examples[1]);
  expect(form.nextRequest().covariates).toEqual({ ventricleSize: 3 });
});

test('what an example or a prompt says of a covariate is asked for, until it is taken back', () => {
  const form = new FormState(fakeEntry());
  expect({ ...form.covariates }).toEqual({ view: 0 }); // "frontal" chest x-ray
  form.prompt = 'lateral chest x-ray, 30 year old';
  form.followPrompt();
  expect({ ...form.covariates }).toEqual({ view: 1, age: 30 });
  form.askFor(form.model.conditions.covariates[0], false);
  form.prompt += ', effusion';
  form.followPrompt();
  expect({ ...form.covariates }).toEqual({ view: 1 });
  form.prompt = 'fundus photo';
  form.followPrompt();
  expect({ ...form.covariates }).toEqual({});
});

test('a picture whose prompt and covariates disagree is asked for as it was', () => {
  const form = new FormState(fakeEntry());
  const request = fakeRequest({ prompt: 'lateral chest x-ray', covariates: { view: 0 } });
  form.useSettings(request);
  form.followPrompt();
  expect(form.nextRequest().covariates).toEqual({ view: 0 });
});

test('covariates are offered where they apply, where they are asked for, or all', () => {
  const form = new FormState(fakeEntry());
  const shown = () => form.shownCovariates.map(({ name }) => name);
  expect(shown()).toEqual(['age', 'view']);
  form.covariates.ventricleSize = 4;
  expect(shown()).toEqual(['age', 'view', 'ventricleSize']);
  delete form.covariates.ventricleSize;
  form.showAllCovariates = true;
  expect(shown()).toEqual(['age', 'view', 'ventricleSize']);
});

test('asking for a covariate starts in the middle of its range, on a step', () => {
  const form = new FormState(fakeEntry());
  const [age, view, ventricles] = form.model.conditions.covariates;
  form.askFor(age, true);
  form.askFor(view, true);
  form.askFor({ ...ventricles, min: 0.1, max: 0.7 }, true);
  expect({ ...form.covariates }).toEqual({ age: 50, view: 0, ventricleSize: 0.4 });
  form.askFor(age, false);
  expect('age' in form.nextRequest().covariates).toBe(false);
});

test('a request can be posted to a worker', () => {
  const form = new FormState(fakeEntry());
  form.covariates.age = 50;
  expect(structuredClone(form.nextRequest()).covariates).toEqual({ view: 0, age: 50 });
});

/** A model with two DPM-Solvers and guidance rescale. */
function choosyEntry() {
  const entry = fakeEntry();
  const dpm = { ...entry.schedulers[0], type: 'dpm-solver-multistep' as const };
  return {
    ...entry,
    schedulers: [dpm, { ...dpm, id: 'dpm-karras', useKarrasSigmas: true }],
    defaults: { ...entry.defaults, scheduler: 'dpm-karras' },
    ranges: { ...entry.ranges, guidanceRescale: [0, 1] as [number, number] },
  };
}

test('schedulers are offered by name, two of one type apart', () => {
  const form = new FormState(choosyEntry());
  expect(form.schedulers).toEqual([
    { id: 'dpm-solver-multistep', title: 'DPM-Solver++ 2M' },
    { id: 'dpm-karras', title: 'DPM-Solver++ 2M (Karras)' },
  ]);
  expect(form.nextRequest().scheduler).toBe('dpm-karras');
});

test('a scheduler that this model has not becomes its default', () => {
  const form = new FormState(choosyEntry());
  form.useSettings(fakeRequest({ scheduler: 'dpm-solver-multistep' }));
  expect(form.scheduler).toBe('dpm-solver-multistep');
  form.useSettings(fakeRequest({ scheduler: 'ddim' }));
  expect(form.scheduler).toBe('dpm-karras');
});

test('guidance rescale is asked for only where a model offers it', () => {
  const [choosy, plain] = [new FormState(choosyEntry()), new FormState(fakeEntry())];
  for (const form of [choosy, plain]) form.useSettings(fakeRequest({ guidanceRescale: 0.7 }));
  expect(choosy.nextRequest().guidanceRescale).toBe(0.7);
  expect(plain.nextRequest()).not.toHaveProperty('guidanceRescale');
  choosy.guidanceRescale = 2;
  expect(choosy.problem).toMatch(/Rescale: expected a number from 0 to 1/);
});

const NETWORK = {
  id: 'names',
  labels: {
    output: 'logits',
    modalities: [{ title: 'chest x-ray', phrases: ['chest x-ray'] }],
    classes: ['no finding', 'pneumonia'].map((label) => ({
      ...{ set: 'chests', label, title: label, modality: 'chest x-ray', phrases: [label] },
    })),
  },
} as unknown as FeatureNetwork;

test('a check goes with the request where the prompt names a label, and says so where not', () => {
  const form = new FormState(fakeEntry(), NETWORK);
  expect(form.nextRequest()).not.toHaveProperty('check');
  form.check.on = true;
  expect(form.checkSays).toBe('Draws until it sees no finding.');
  expect(form.nextRequest().check).toEqual({
    ...{ networkId: 'names', maxTries: 4, unconfirmed: 'keep' },
  });
  form.prompt = 'chest x-ray';
  expect(form.checkSays).toMatch(/^There is nothing to check/);
  expect(form.nextRequest()).not.toHaveProperty('check');
  expect(form.problem).toBeNull();
  form.check.maxTries = 17;
  expect(form.problem).toMatch(/Tries.*1.*16/);
});

test('settings of a picture that was checked draw that picture: confirmed at once, or unchecked', () => {
  const form = new FormState(fakeEntry(), NETWORK);
  const checked = {
    ...{ networkId: 'names', networkSha256: '', asked: ['no finding'], called: 'no finding' },
    ...{ confirmed: true, probability: 0.9, tries: 3, maxTries: 5, firstSeed: 1 },
  };
  form.useSettings(fakeRequest({ seed: 77, prompt: 'chest x-ray, no finding', checked }));
  expect(form.nextRequest()).toMatchObject({ seed: 77, check: { maxTries: 5 } });
  const missed = { ...checked, confirmed: false };
  form.useSettings(fakeRequest({ seed: 78, prompt: 'chest x-ray, no finding', checked: missed }));
  expect(form.nextRequest().seed).toBe(78);
  expect(form.nextRequest()).not.toHaveProperty('check');
});

function generatorForm() {
  const { id, title, examples, components: _, ...rest } = fakeEntry();
  void [id, title, examples];
  const entry = {
    ...rest,
    ...{ id: 'gan', title: 'GAN', kind: 'generator', components: { generator: {} } },
    generator: {
      ...{ method: 'Conditional GAN', noise: 8, size: 32, channels: 1, mask: false },
      labels: ['normal', 'pneumonia'],
    },
  } as unknown as GeneratorEntry;
  completeEntry(entry);
  return new FormState(entry);
}

test('the form of a generator asks for a label, which words of another model may name', () => {
  const form = generatorForm();
  expect(form.nextRequest()).toMatchObject({ prompt: 'normal', scheduler: 'none' });
  const other = fakeRequest({ prompt: 'chest x-ray, Pneumonia', numInferenceSteps: 20 });
  form.useSettings(other);
  expect(form.problem).toBeNull();
  expect(form.nextRequest()).toMatchObject({
    ...{ modelId: 'gan', prompt: 'pneumonia', negativePrompt: '', scheduler: 'none' },
    ...{ numInferenceSteps: 1, guidanceScale: 1, seed: other.seed },
  });
  form.useSettings(fakeRequest({ prompt: 'brain MRI' })); // names none: what was chosen stays
  expect(form.prompt).toBe('pneumonia');
  form.contents = { ...form.contents, prompt: 'a prompt of an earlier version' };
  expect(form.prompt).toBe('pneumonia');
});

test('settings of a picture that was drawn in one step leave steps and guidance as the model has them', () => {
  const form = new FormState(fakeEntry());
  const request = { numInferenceSteps: 1, guidanceScale: 1, scheduler: 'none', method: 'GAN' };
  form.useSettings(fakeRequest({ prompt: 'normal', ...request }));
  expect(form).toMatchObject({ prompt: 'normal', numInferenceSteps: 8, guidanceScale: 4 });
  expect(form.problem).toBeNull();
});
