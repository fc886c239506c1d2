/** Pictures and masks of an export in their file formats: which channels and bits, and the very values. */
import { expect, test } from 'vitest';
import { encodeMask } from '../../../src/dataset/encode-image';
import { isGreyModality } from '../../../src/dataset/formats/modality';
import { openDicom } from '../../../src/image/dicom/read-dicom';
import { openNifti, sliceOf } from '../../../src/image/nifti/read-nifti';
import { encodeSamples, readPngTexts } from '../../../src/image/png';
import { readPng } from '../../../src/image/read-png';
import { bytesOf, collect } from './collect-export';
import { toyItem, toyMask } from './toy-dataset';

test('PNGs of what has colour are passed on as they are', async () => {
  const skin = toyItem(2, false, { prompt: 'clinical skin photo, nevus, beside a chest x-ray' });
  const colours = Uint8Array.from({ length: 8 * 6 * 3 }, (_, k) => (k * 7) % 251);
  const png = encodeSamples(
    { width: 8, height: 6, samples: colours },
    { Description: 'Synthetic' },
  );
  const files = await collect([{ ...skin, load: async () => ({ png }) }]);
  expect(await bytesOf(files.get('images/image-00002.png')!)).toEqual(await bytesOf(png));
});

test('a PNG of a grey modality has one channel, the mean of three, and its texts', async () => {
  const xray = toyItem(2, false);
  const nearly = Uint8Array.from({ length: 8 * 6 * 3 }, (_, k) => 100 + (k % 3));
  const png = encodeSamples({ width: 8, height: 6, samples: nearly }, { Description: 'Synthetic' });
  const files = await collect([{ ...xray, load: async () => ({ png }) }]);
  const file = files.get('images/image-00002.png')!;
  const image = await readPng(await bytesOf(file));
  expect(image).toMatchObject({ channels: 1, bits: 8 });
  expect(new Set(image.samples)).toEqual(new Set([101]));
  expect(await readPngTexts(file)).toEqual({ Description: 'Synthetic' });
});

test.each([
  ['frontal chest x-ray, adult, PA view, no finding', true],
  ['axial T1 brain MRI, 80 year old woman, no dementia', true],
  ['breast ultrasound, benign lesion', true],
  ['fluorescence microscopy of cell nuclei', true],
  ['hippocampus mri with large anterior part', true],
  ['purple stained histology, microscopy of cell nuclei', false],
  ['microscopy of cell nuclei', false],
  ['clinical skin photo, brown skin, nevus', false],
  ['retinal fundus photograph, moderate diabetic retinopathy', false],
  ['colour Doppler ultrasound', false],
])('%s: grey is %s', (prompt, grey) => {
  expect(isGreyModality({ prompt })).toBe(grey);
});

test('masks come back from their PNG, 16 bit where there are many instances', async () => {
  const small = await readPng(await bytesOf(encodeMask(toyMask())));
  expect(small).toMatchObject({ bits: 8, channels: 1 });
  expect([...small.samples]).toEqual([...toyMask().values]);
  const many = { ...toyMask(), values: Uint16Array.from({ length: 48 }, (_, i) => i * 1000) };
  const large = await readPng(await bytesOf(encodeMask(many)));
  expect(large.bits).toBe(16);
  expect([...large.samples]).toEqual([...many.values]);
});

test('as DICOM the pixels are the same, grey in one channel', async () => {
  const files = await collect([toyItem(3, false)], { format: 'dicom' as never });
  const dicom = await openDicom(await bytesOf(files.get('images/image-00003.dcm')!));
  const image = await dicom.readFrame(0);
  expect(image).toMatchObject({
    channels: 1,
    bits: 8,
    facts: { modality: 'DX', syntheticData: 'YES', age: '63' },
  });
  expect([...image.samples]).toEqual(Array.from({ length: 48 }, (_, k) => (k * 5 + 3) % 256));
});

test('as PNG of 16 bit white stays white, and the metadata come along', async () => {
  const files = await collect([toyItem(3, false)], { format: 'png-16' as never });
  const png = files.get('images/image-00003.png')!;
  const image = await readPng(await bytesOf(png));
  expect(image).toMatchObject({ channels: 1, bits: 16, width: 8, height: 6 });
  expect([...image.samples]).toEqual(
    Array.from({ length: 48 }, (_, k) => ((k * 5 + 3) % 256) * 257),
  );
  expect(await readPngTexts(png)).toEqual({ Description: 'Synthetic' });
});

test('as NIfTI too', async () => {
  const files = await collect([toyItem(3, false)], { format: 'nifti' as never });
  const volume = await openNifti(await bytesOf(files.get('images/image-00003.nii.gz')!));
  expect([...sliceOf(volume, 'axial', 0).samples]).toEqual(
    Array.from({ length: 48 }, (_, k) => (k * 5 + 3) % 256),
  );
});
