import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pixelRatioOf, type DecodedImage } from '../../../src/image/decoded-image';
import { readImage } from '../../../src/image/read-image';
import {
  defaultWindow,
  shownSamples,
  valueRange,
  windowPresets,
} from '../../../src/image/window-level';
import { toModelInput } from '../../../src/image/model-input';

// Files after public bug reports of other programs; expected.json holds what pydicom 3 makes of them.
const CASES = new URL('../../fixtures/cases/', import.meta.url);
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, CASES)));
const EXPECTED = JSON.parse(readFileSync(new URL('expected.json', CASES), 'utf8')) as Record<
  string,
  { values: number[]; shown: number[]; rgb: number[] }
>;

const read = (bytes: Uint8Array<ArrayBuffer>) => readImage(new Blob([bytes]));
const open = (name: string) => read(bytesOf(name));
const shownAsOpened = (image: DecodedImage) =>
  shownSamples(image, { window: defaultWindow(image), invert: false });
const every = (n: number, values: ArrayLike<number>) =>
  Array.from(values).filter((_, i) => i % n === 0);

test.each(['c04_voi_lut', 'c04_voi_lut_inverting'])(
  '%s is shown through its own table',
  async (name) => {
    const image = await open(`${name}.dcm`);
    const shades = EXPECTED[name].shown.map((shade) => shade / 4095);
    every(13, shownAsOpened(image)).forEach((shade, i) => expect(shade).toBeCloseTo(shades[i], 5));
    expect(windowPresets(image)[0].id).toBe('file-1');
  },
);

test('a Modality LUT comes before everything else, a window lies over what it gives', async () => {
  const plain = await open('c04_modality_lut.dcm');
  expect(every(13, plain.samples)).toEqual(EXPECTED.c04_modality_lut.values);
  expect(plain).toMatchObject({ rescale: { slope: 1, intercept: 0 }, warnings: [] });
  const image = await open('c04_modality_lut_window.dcm');
  const { shown } = EXPECTED.c04_modality_lut_window;
  every(13, shownAsOpened(image)).forEach((shade, i) =>
    expect(shade).toBeCloseTo(shown[i] / 65_535, 4),
  );
});

test.each([
  ['c03_padding.dcm', -2000, [-1000, 1500]],
  ['c03_padding_mono1.dcm', 0, [1, 4000]],
] as const)('padding in %s is no part of its range, and black', async (name, padding, within) => {
  const image = await open(name);
  const { min, max } = valueRange(image);
  expect(min).toBeGreaterThanOrEqual(within[0]);
  expect(min).toBeGreaterThan(padding);
  expect(max).toBe(within[1]);
  const shown = shownAsOpened(image);
  const padded = [...image.samples.keys()].filter((i) => image.samples[i] === padding);
  expect(padded.length).toBeGreaterThan(10);
  expect(padded.every((i) => shown[i] === 0)).toBe(true);
  expect(new Set(shown).size).toBeGreaterThan(10);
});

test('padding may be a range, from either end', async () => {
  const bytes = withElement(bytesOf('c03_padding.dcm'), [0x28, 0x120], [0x28, 0x121], -900);
  const image = await read(bytes);
  expect(image.padding).toEqual({ low: -2000, high: -900 });
  expect(valueRange(image).min).toBeGreaterThan(-900);
});

test.each(['c05_pal_signed', 'c05_pal_desc16_low8', 'c05_pal_segmented'])(
  '%s comes out in the colours of its table',
  async (name) => {
    const image = await open(`${name}.dcm`);
    expect(image).toMatchObject({ channels: 3, bits: 8, photometric: 'RGB' });
    const { rgb } = EXPECTED[name];
    // 16 bits to 8; the file whose entries are 8 bits in 16 keeps them.
    const bytes = rgb.map((value) => (Math.max(...rgb) > 255 ? value >> 8 : value));
    expect(every(7, image.samples)).toEqual(bytes);
  },
);

test.each([
  'c07_no_preamble.dcm',
  'c07_no_preamble_no_dicm.dcm',
  'c07_no_ts_explicit.dcm',
  'c07_raw_implicit.dcm',
])('%s is read for all that it leaves out', async (name) => {
  const image = await open(name);
  expect(image).toMatchObject({ format: 'DICOM', width: 20, height: 20 });
  expect(every(13, image.samples)).toEqual(EXPECTED.c07.values);
});

test('a bare data set with VRs is read too, behind an empty preamble as well', async () => {
  const whole = bytesOf('c07_no_ts_explicit.dcm');
  const at = Buffer.from(whole).indexOf(Buffer.from([0x08, 0x00, 0x16, 0x00, 0x55, 0x49]));
  const bare = whole.slice(at);
  for (const bytes of [bare, new Uint8Array([...new Uint8Array(128), ...bare])]) {
    expect(every(13, (await read(bytes)).samples)).toEqual(EXPECTED.c07.values);
  }
});

test('pixels that are not square are drawn in their proportions, and the file says so', async () => {
  const bytes = withElement(bytesOf('c03_padding.dcm'), [0x28, 0x11], [0x28, 0x34], '2\\1');
  const image = await read(bytes);
  expect(pixelRatioOf(image)).toBe(2);
  expect(image.warnings.join()).toContain('2 times as high as wide');
  // 20 × 20 pixels are 20 × 40: fitted into a square with black beside them.
  const view = { window: defaultWindow(image), invert: true };
  const input = toModelInput(image, view, { width: 40, height: 40, fit: 'pad' });
  const row = input.subarray(20 * 40, 21 * 40);
  expect([row[9], row[30]]).toEqual([-1, -1]);
  expect(Math.max(...row.subarray(10, 30))).toBeGreaterThan(-1);
});

/** The explicit little-endian file with an element put behind another one. */
function withElement(
  bytes: Uint8Array<ArrayBuffer>,
  behind: readonly [number, number],
  tag: readonly [number, number],
  value: number | string,
): Uint8Array<ArrayBuffer> {
  const head = (at: readonly [number, number]) => Buffer.from(Uint16Array.from(at).buffer);
  const file = Buffer.from(bytes);
  const at = file.lastIndexOf(head(behind));
  const end = at + 8 + file.readUInt16LE(at + 6);
  const text =
    typeof value === 'string' ? Buffer.from(value.padEnd(value.length + (value.length % 2))) : null;
  const content = text ?? Buffer.from(Int16Array.of(value as number).buffer);
  const length = Buffer.from(Uint16Array.of(content.length).buffer);
  const element = [head(tag), Buffer.from(text ? 'IS' : 'SS'), length, content];
  return new Uint8Array(Buffer.concat([file.subarray(0, end), ...element, file.subarray(end)]));
}
