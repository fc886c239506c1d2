import { expect, test } from 'vitest';
import { parsePresets, writePresets } from '../../../src/gallery/preset-file';
import { settingsOf } from '../../../src/gallery/prompt-store';

const settings = settingsOf({
  ...{ modelId: 'm', prompt: 'knee MRI', negativePrompt: '', seed: 7, imageIndex: 2 },
  ...{ numInferenceSteps: 4, guidanceScale: 1, guidanceRescale: 0.5, scheduler: 'lcm' },
  covariates: { age: 50 },
  lora: { sha256: 'ab', title: 'Knees', strength: 0.8, factors: [] },
});

test('presets come back from their file as they were, without seed and factors', () => {
  const text = writePresets([{ id: '1', title: 'Knees', settings }]);
  expect(parsePresets(text)).toEqual([{ title: 'Knees', settings }]);
  expect(settings).not.toHaveProperty('seed');
  expect(settings.lora).toEqual({ sha256: 'ab', title: 'Knees', strength: 0.8 });
});

const file = (presets: unknown) =>
  JSON.stringify({ format: 'phantoscope-presets', version: 1, presets });

test.each([
  ['no JSON', 'rows: 1', /expected JSON/],
  [
    'another format',
    '{"version":1,"rows":[]}',
    /expected the format "phantoscope-presets", got nothing/,
  ],
  ['a later version', '{"format":"phantoscope-presets","version":2}', /expected version 1, got 2/],
  ['no list', file({}), /presets: expected a list of at most 1000/],
  ['no title', file([{ settings }]), /presets\[0\]\.title: expected text/],
  [
    'steps that are no number',
    file([{ title: 'a', settings: { ...settings, numInferenceSteps: '4' } }]),
    /presets\[0\]\.settings\.numInferenceSteps: expected a number, got "4"/,
  ],
  [
    'a covariate that is no number',
    file([{ title: 'a', settings: { ...settings, covariates: { age: null } } }]),
    /covariates\.age: expected a number, got null/,
  ],
])('%s is refused by name, with what was expected', (_, text, message) => {
  expect(() => parsePresets(text)).toThrow(
    expect.objectContaining({
      name: 'RequestInvalid',
      message: expect.stringMatching(message) as string,
    }),
  );
});
