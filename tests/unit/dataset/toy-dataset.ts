import type {
  DatasetDescription,
  DatasetItem,
  ImageRecord,
  InstanceMask,
} from '../../../src/dataset/dataset-item';
import { encodeSamples } from '../../../src/image/png';

export function record(i: number, change: Partial<ImageRecord> = {}): ImageRecord {
  return {
    id: `image-${String(i).padStart(5, '0')}`,
    row: 0,
    label: 'normal',
    prompt: 'chest x-ray, normal',
    negativePrompt: '',
    seed: 7,
    imageIndex: i,
    numInferenceSteps: 4,
    guidanceScale: 2.5,
    scheduler: 'flow-match-euler',
    covariates: { age: 60 + (i % 30) },
    modelId: 'toy',
    modelHash: 'ab'.repeat(32),
    provenance: { origin: 'text' },
    createdAt: new Date(Date.UTC(2026, 10, 22, 10, 0, i)),
    ...change,
  };
}

/** Grey, 8×6, RGB as the pipeline writes it; every image another. */
export function toyPng(i: number): Blob {
  const samples = Uint8Array.from(
    { length: 8 * 6 * 3 },
    (_, k) => (Math.floor(k / 3) * 5 + i) % 256,
  );
  return encodeSamples({ width: 8, height: 6, samples }, { Description: 'Synthetic' });
}

/** Two instances of different classes, 8×6. */
export function toyMask(): InstanceMask {
  const values = new Uint16Array(48);
  for (const at of [9, 10, 17, 18]) values[at] = 1;
  for (const at of [30, 38, 39, 47]) values[at] = 2;
  return { width: 8, height: 6, values, classOf: [0, 1, 2] };
}

export function toyItem(
  i: number,
  withMask = true,
  change: Partial<ImageRecord> = {},
): DatasetItem {
  return {
    record: record(i, change),
    load: async () => ({ png: toyPng(i), mask: withMask ? toyMask() : undefined }),
  };
}

export const DESCRIPTION: DatasetDescription = {
  title: 'Toy chest set',
  description: 'For tests <script>alert(1)</script> | [x](javascript:alert(1))',
  version: '1.0.0',
  createdAt: new Date('2026-11-22T12:00:00Z'),
  licence: { name: 'CC BY 4.0', url: 'https://creativecommons.org/licenses/by/4.0/' },
  models: [
    {
      id: 'toy',
      title: 'Toy',
      version: '0.1',
      hash: 'ab'.repeat(32),
      licence: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
  ],
  covariates: [{ name: 'age', title: 'Age', unit: 'years' }],
  maskClasses: ['background', 'nucleus', 'debris'],
  copyCheck: null,
  appVersion: '0.1.0',
};
