import type { LabelledVolume } from '../../../src/image/volume/labelled-volume';

/** Voxels along x, y and z: no two alike, and slices of a size that fills no whole bytes. */
const SIZE: [number, number, number] = [7, 9, 5];

/** A volume whose voxels say where they are, with two parts off the middle. */
export function toyVolume(change: Partial<LabelledVolume> = {}): LabelledVolume {
  const count = SIZE[0] * SIZE[1] * SIZE[2];
  const place = (x: number, y: number, z: number) => (x * SIZE[1] + y) * SIZE[2] + z;
  const labelMap = new Uint8Array(count);
  for (const z of [1, 2, 3]) labelMap[place(1, 4, z)] = 1;
  labelMap[place(2, 3, 3)] = 2;
  labelMap[place(6, 8, 4)] = 2;
  return {
    ...{ size: SIZE, spacingMm: [1, 1, 1], labels: ['none', 'front', 'back'] },
    labelCodes: [
      {
        type: { value: '5366008', scheme: 'SCT', meaning: 'Hippocampus' },
        modifier: { value: '255549009', scheme: 'SCT', meaning: 'Anterior' },
      },
      { type: { value: '5366008', scheme: 'SCT', meaning: 'Hippocampus' } },
    ],
    image: Uint8Array.from({ length: count }, (_, i) => i % 251),
    labelMap,
    ...change,
  };
}
