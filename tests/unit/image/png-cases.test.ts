import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findOrientation } from '../../../src/image/exif';
import { toModelInput } from '../../../src/image/model-input';
import { readImage } from '../../../src/image/read-image';
import { defaultWindow } from '../../../src/image/window-level';

// Files after public bug reports of other programs; values by Pillow 11 (exif_transpose and its PNG writer).
const CASES = new URL('../../fixtures/cases/', import.meta.url);
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, CASES)));
const EXPECTED = JSON.parse(readFileSync(new URL('expected.json', CASES), 'utf8')) as {
  orientations: Record<string, { png: string; size: number[]; values: number[] }>;
  tRNS: { png: string; value: number; values: number[] };
  tRNS_rgb: { png: string };
} & Record<'c19_rgb' | 'c19_rgba' | 'c19_palette', { png: string }>;
const blobOf = (base64: string) => new Blob([Buffer.from(base64, 'base64')]);

test.each([1, 2, 3, 4, 5, 6, 7, 8])('a PNG of orientation %i stands upright', async (value) => {
  const { png, size, values } = EXPECTED.orientations[value];
  const image = await readImage(blobOf(png));
  expect([image.width, image.height]).toEqual(size);
  expect([...image.samples]).toEqual(values);
});

test('the orientation of a WebP and of a JPEG is found, and none in one without', () => {
  expect(findOrientation(bytesOf('c18_o6.webp'), 'WebP')?.value).toBe(6);
  expect(findOrientation(bytesOf('o6.jpg'), 'JPEG')?.value).toBe(6);
  const photo = new Uint8Array(
    readFileSync(new URL('../../fixtures/formats/photo.jpg', import.meta.url)),
  );
  expect(findOrientation(photo, 'JPEG')).toBeNull();
});

async function inputOf(file: Blob): Promise<Float32Array> {
  const image = await readImage(file);
  const view = { window: defaultWindow(image), invert: false };
  return toModelInput(image, view, { width: 64, height: 64, fit: 'crop' });
}

test.each([
  ['16 bit', () => new Blob([bytesOf('c19_grey16.png')])],
  ['RGB', () => blobOf(EXPECTED.c19_rgb.png)],
  ['RGBA', () => blobOf(EXPECTED.c19_rgba.png)],
  ['a palette', () => blobOf(EXPECTED.c19_palette.png)],
])('a grey picture in %s is to a model what it is in 8 bit', async (_, file) => {
  const expected = await inputOf(new Blob([bytesOf('c19_grey8.png')]));
  const actual = await inputOf(file());
  const off = Math.max(...actual.map((x, i) => Math.abs(x - expected[i])));
  expect(off).toBeLessThan(1e-5);
  expect(Math.min(...expected)).toBeGreaterThan(-1); // it does not use the whole range
});

test('a grey value that means "nothing here" is laid over black, and said so', async () => {
  const { png, value, values } = EXPECTED.tRNS;
  const image = await readImage(blobOf(png));
  expect([...image.samples]).toEqual(values.map((x) => (x === value ? 0 : x)));
  expect(image.samples).toContain(0);
  expect(image.warnings.join()).toContain('transparent');
  const colour = await readImage(blobOf(EXPECTED.tRNS_rgb.png));
  expect(colour.warnings.join()).toContain('transparent');
  expect([...colour.samples].filter((_, i) => i % 3 === 0)).toEqual([...image.samples]);
});
