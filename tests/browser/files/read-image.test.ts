import { expect, test } from 'vitest';
import { encodeDicom } from '../../../src/image/dicom/write-dicom';
import { readImage } from '../../../src/image/read-image';
import bgzip from '../../fixtures/cases/c16_bgzip.base64.txt?raw';
import cases from '../../fixtures/cases/expected.json';
import expected from '../../fixtures/formats/expected.json';

const FILES = import.meta.glob<string>('../../fixtures/formats/*.{dcm,gz,png,jpg,webp}', {
  query: '?url',
  import: 'default',
  eager: true,
});

const CASES = import.meta.glob<string>('../../fixtures/cases/*.{webp,jpg,png}', {
  query: '?url',
  import: 'default',
  eager: true,
});

const caseFile = async (name: string) =>
  (await fetch(CASES[`../../fixtures/cases/${name}`])).blob();

async function file(name: string): Promise<Blob> {
  return (await fetch(FILES[`../../fixtures/formats/${name}`])).blob();
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

test.each([
  ['c18_o6.webp', [200, 300]],
  ['o6.jpg', [40, 60]],
])('%s lies on its side and is read upright', async (name, size) => {
  const { width, height, samples } = await readImage(await caseFile(name));
  expect([width, height]).toEqual(size);
  if (name !== 'o6.jpg') return;
  // The green corner of the stored picture, top left, is the top right of the seen one.
  const at = (x: number, y: number) => [
    ...samples.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
  ];
  const [red, green] = at(35, 4);
  expect(green).toBeGreaterThan(red + 100);
  expect(at(4, 4)[0]).toBeGreaterThan(at(4, 4)[1] + 100);
});

test('a volume in many gzip members is read by a browser, which knows one', async () => {
  // As text, for a server unpacks what ends in .gz.
  const url = `data:application/octet-stream;base64,${bgzip}`;
  const packed = await (await fetch(url)).blob();
  const { width, height, samples } = await readImage(packed);
  expect([width, height]).toEqual([64, 64]);
  const stored = Array.from(samples).reverse();
  expect(stored.filter((_, i) => i % 97 === 0)).toEqual(cases.c16_bgzip.values);
});

test('a PNG and a volume that flood are refused at once', async () => {
  const header = await (
    await fetch(new URL('../../fixtures/cases/c15_vox0.nii', import.meta.url))
  ).blob();
  const zeros = new Blob([
    header,
    ...Array<Uint8Array<ArrayBuffer>>(256).fill(new Uint8Array(2 ** 20)),
  ]);
  const liar = await new Response(zeros.stream().pipeThrough(new CompressionStream('gzip'))).blob();
  expect(liar.size).toBeLessThan(2 ** 20);
  for (const file of [await caseFile('c16_bomb.png'), liar]) {
    const start = performance.now();
    await expect(readImage(file)).rejects.toMatchObject({ name: 'ImageUnreadable' });
    expect(performance.now() - start).toBeLessThan(1500);
  }
});
