import { expect, test } from 'vitest';
import manifest from '../../../model-manifest.json' with { type: 'json' };
import type { ModelManifest } from '../../../src/models/manifest/manifest';
import { modalityPhrases, promptModality } from '../../../src/models/manifest/prompt-modality';

const { models, evaluation } = manifest as unknown as ModelManifest;
const kindOf = (prompt: string) =>
  promptModality(prompt, models[0], modalityPhrases({ evaluation }));

test('the name of a LoRA file names no kind of image', () => {
  const kind = kindOf('brain MRI slice, glioma tumor');
  expect(kind).not.toBeNull();
  expect(kindOf('brain MRI slice, glioma tumor <lora:chest x-ray:0.5>')).toBe(kind);
  expect(kindOf('<lora:brain MRI>')).toBeNull();
});
