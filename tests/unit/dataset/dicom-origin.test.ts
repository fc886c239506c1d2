import { expect, test } from 'vitest';
import type { ImageRecord } from '../../../src/dataset/dataset-item';
import { dicomOrigin } from '../../../src/dataset/formats/modality';

test('a DICOM file names all that its picture was fine-tuned with', () => {
  const record = {
    ...{ prompt: 'chest x-ray', seed: 7, imageIndex: 0, numInferenceSteps: 4, covariates: {} },
    lora: { title: 'Knees', sha256: 'ab', strength: 1 },
    moreLoras: [{ title: 'more contrast', sha256: 'cd', strength: 0.5 }],
  } as unknown as ImageRecord;
  const { comments } = dicomOrigin(record, { models: [], appVersion: '1.0.0' }, 0);
  expect(comments.split('\n').slice(2)).toEqual([
    'fine-tuned with Knees, strength 1',
    'fine-tuned with more contrast, strength 0.5',
  ]);
});
