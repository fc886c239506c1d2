import { expect, test } from 'vitest';
import { makeRecipe } from '../../../src/cli/make-recipe';
import type { CliHost } from '../../../src/cli/conditions';
import manifest from '../../../model-manifest.json' with { type: 'json' };
import type { ModelManifest } from '../../../src/models/manifest/manifest';

const [entry] = (manifest as unknown as ModelManifest).models;
const { numInferenceSteps, guidanceScale, scheduler } = entry.defaults;
const text = (change: object) =>
  JSON.stringify({
    ...{ version: 1, title: 'x', modelId: entry.id, seed: 7 },
    ...{ numInferenceSteps, guidanceScale, scheduler },
    rows: [
      { count: 1, prompt: 'brain MRI, glioma tumor', words: {}, covariates: {} },
      { count: 1, prompt: 'brain MRI, glioma tumor', words: {}, covariates: {}, ...change },
    ],
  });

test.each([
  ['brain MRI <lora:knees:0.5>', { prompt: 'brain MRI <lora:knees:0.5>' }, '<lora:knees:0.5>'],
  [
    'such a file among its words',
    { prompt: '{how} MRI', words: { how: [{ value: '<lora:knees:1>', share: 1 }] } },
    '<lora:knees:1>',
  ],
  ['a tuned model', { lora: { sha256: 'ab'.repeat(32), title: 'Knees', strength: 1 } }, '"Knees"'],
])('a row with %s is refused before anything is drawn', async (_, change, named) => {
  const host = {
    findEntry: () => Promise.resolve(entry),
    modalities: () => Promise.resolve([]),
    labels: () => Promise.resolve(undefined),
    readTexts: () => Promise.resolve(null),
    make: () => Promise.reject(new Error('drawn')),
  } as unknown as CliHost;
  const making = makeRecipe(host, text(change), { format: 'png' });
  await expect(making).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringMatching(/^Row 2 uses .*in the page/) as string,
  });
  await expect(making).rejects.toThrow(named);
});
