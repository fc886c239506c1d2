import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readLoraFile } from '../../../src/finetune/lora-file';
import { readImage } from '../../../src/image/read-image';
import { openNifti } from '../../../src/image/nifti/read-nifti';
import { defaultWindow, shownSamples } from '../../../src/image/window-level';

// Of the kinds of cases/; made and answered by tests/fixtures/make_case_variants.py with pydicom, nibabel, Pillow and peft.
const VARIANTS = JSON.parse(
  readFileSync(new URL('../../fixtures/cases/variants.json', import.meta.url), 'utf8'),
) as {
  dicom: Record<string, { file: string; shown?: number[]; values?: number[]; rgb?: number[] }>;
  nifti: Record<
    string,
    { file: string; strides: number[]; spacing: number[]; values: [number, number] }
  >;
  png: Record<string, { file: string; size: number[]; samples: number[] }>;
  lora: Record<string, { file: string; delta: number[] }>;
};
const bytesOf = (file: string) => new Uint8Array(Buffer.from(file, 'base64'));
const blobOf = (file: string) => new Blob([bytesOf(file)]);

test.each(Object.entries(VARIANTS.dicom))('DICOM: %s', async (_, { file, ...expected }) => {
  const image = await readImage(blobOf(file));
  const { shown, values, rgb } = expected;
  if (shown) {
    const actual = shownSamples(image, { window: defaultWindow(image), invert: false });
    shown.forEach((shade, i) => expect(actual[i]).toBeCloseTo(shade, 4));
  }
  if (values) expect([...image.samples]).toEqual(values);
  if (rgb) expect([...image.samples]).toEqual(rgb);
});

test.each(Object.entries(VARIANTS.nifti))('NIfTI: %s', async (_, { file, ...expected }) => {
  const volume = await openNifti(bytesOf(file));
  expect(volume.strides).toEqual(expected.strides);
  volume.spacing!.forEach((mm, i) => expect(mm).toBeCloseTo(expected.spacing[i], 4));
  const { slope, intercept } = volume.rescale ?? { slope: 1, intercept: 0 };
  expect([intercept, 119 * slope + intercept]).toEqual(expected.values);
});

test.each(Object.entries(VARIANTS.png))('PNG: %s', async (_, { file, size, samples }) => {
  const image = await readImage(blobOf(file));
  expect([image.width, image.height]).toEqual(size);
  const { channels } = image;
  const actual = [...image.samples].filter((_, i) => channels < 4 || i % channels < 3);
  expect(actual).toEqual(samples);
});

test.each(Object.entries(VARIANTS.lora))('LoRA: %s', async (name, { file, delta }) => {
  const reading = readLoraFile(blobOf(file));
  if (name.endsWith('by an expression')) {
    await expect(reading).rejects.toMatchObject({
      name: 'PackageRefused',
      message: expect.stringContaining('alpha_pattern') as string,
    });
    return;
  }
  const [down, up] = (await reading).factors;
  const [rank, inputs] = down.dims;
  const [outputs] = up.dims;
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += up.data[o * rank + r] * down.data[r * inputs + i];
      expect(sum).toBeCloseTo(delta[o * inputs + i], 4);
    }
  }
});
