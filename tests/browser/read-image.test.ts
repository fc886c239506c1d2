import { expect, test } from 'vitest';
import { encodeDicom } from '../../src/image/write-dicom';
import { readImage } from '../../src/image/read-image';
import expected from '../fixtures/formats/expected.json';

const FILES = import.meta.glob<string>('../fixtures/formats/*.{dcm,gz,png,jpg,webp}', {
  query: '?url',
  import: 'default',
  eager: true,
});

async function file(name: string): Promise<Blob> {
  return (await fetch(FILES[`../fixtures/formats/${name}`])).blob();
}

test.each([
  'ct-jpeg-ls.dcm',
  'ct-jpeg-2000.dcm',
  'ct-htj2k.dcm',
  'ct-jpeg-lossless.dcm',
  'ct-deflated.dcm',
  'grey-16.png',
] as const)('%s comes out bit by bit in a browser too', async (name) => {
  const { samples } = await readImage(await file(name));
  const bytes = new Uint8Array(
    samples.buffer as ArrayBuffer,
    samples.byteOffset,
    samples.byteLength,
  );
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  expect(hex).toBe(expected[name].sha256);
});

test.each(['jpeg-baseline-colour.dcm', 'turned.nii.gz'])('%s is read', async (name) => {
  expect((await readImage(await file(name))).samples.length).toBeGreaterThan(0);
});

test.each(['photo.jpg', 'photo.webp', 'lossless.webp'])(
  '%s is decoded by the browser',
  async (name) => {
    const [image, original] = [
      await readImage(await file(name)),
      await readImage(await file('colour.png')),
    ];
    expect(image).toMatchObject({ width: 48, height: 40, channels: 3 });
    const off = Array.from(image.samples).reduce(
      (sum, x, i) => sum + Math.abs(x - original.samples[i]),
      0,
    );
    // Of 255, on average: lossy, with chroma at half the resolution.
    expect(off / image.samples.length).toBeLessThan(name.startsWith('lossless') ? 1e-9 : 6);
  },
);

test('what is written as DICOM is read back', async () => {
  const samples = Uint16Array.of(0, 1000, 40_000, 65_535);
  const blob = encodeDicom(
    { width: 2, height: 2, channels: 1, samples },
    {
      modality: 'OT',
      model: 'toy',
      modelHash: 'ab',
      appVersion: '0',
      comments: '',
      instanceNumber: 1,
      provenance: { origin: 'text' },
      createdAt: new Date(),
    },
  );
  expect([...(await readImage(blob)).samples]).toEqual([...samples]);
});
