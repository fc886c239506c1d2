import { expect, test } from 'vitest';
import { asGrey } from '../../../src/image/as-grey';
import { maskOverlay } from '../../../src/image/mask-overlay';
import { plainImage, type DecodedImage } from '../../../src/image/decoded-image';
import { resample, toModelInput } from '../../../src/image/model-input';
import {
  applyWindow,
  defaultWindow,
  fullWindow,
  HU_PRESETS,
  robustWindow,
  shownSamples,
  toRgba,
  valueAt,
  windowPresets,
} from '../../../src/image/window-level';
import { EXPECTED } from './format-fixtures';

const linear = (centre: number, width: number) => ({ centre, width, shape: 'LINEAR' as const });
const ct: DecodedImage = {
  ...plainImage(2, 2, 1, Int16Array.of(0, 1024, 1064, 2000), 12),
  rescale: { slope: 1, intercept: -1024, unit: 'HU' },
};

test('the linear function is that of the standard, its examples included', () => {
  // PS3.3 C.11.2.1.2.1, note 3: c = 2048, w = 4096 maps 0 to 0 and 4095 to the top.
  expect(applyWindow(0, linear(2048, 4096))).toBe(0);
  expect(applyWindow(4095, linear(2048, 4096))).toBe(1);
  expect(applyWindow(2047.5, linear(2048, 4096))).toBeCloseTo(0.5, 12);
  // c = 2048, w = 1: below 2048 black, from 2048 white.
  expect(applyWindow(2047, linear(2048, 1))).toBe(0);
  expect(applyWindow(2048, linear(2048, 1))).toBe(1);
  // c = 0, w = 100: −50 to 0 … 49 to the top.
  expect(applyWindow(-50, linear(0, 100))).toBe(0);
  expect(applyWindow(49, linear(0, 100))).toBe(1);
  expect(applyWindow(0, linear(0, 100))).toBeCloseTo((0 + 0.5) / 99 + 0.5, 12);
});

test('the exact and the sigmoid function are those of the standard', () => {
  const exact = { centre: 0, width: 100, shape: 'LINEAR_EXACT' as const };
  expect([-50, 0, 50, 60].map((x) => applyWindow(x, exact))).toEqual([0, 0.5, 1, 1]);
  const sigmoid = { centre: 10, width: 4, shape: 'SIGMOID' as const };
  expect(applyWindow(10, sigmoid)).toBe(0.5);
  expect(applyWindow(11, sigmoid)).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
});

test('no window makes a number out of NaN but 0', () => {
  expect(applyWindow(NaN, linear(0, 1))).toBe(0);
});

test('presets fit the values: Hounsfield units, or parts of the range by what the image is of; water is mid grey in soft tissue', () => {
  expect(windowPresets(ct).map(({ id }) => id)).toEqual(
    expect.arrayContaining(['full', 'lung', 'bone', 'brain', 'soft-tissue']),
  );
  const plain = ['stored', 'full', 'auto'];
  for (const channels of [1, 3] as const) {
    const image = plainImage(1, 1, channels, new Uint8Array(channels), 8);
    expect(windowPresets(image).map(({ id }) => id)).toEqual(plain);
    const words = windowPresets(image, 'frontal chest x-ray').map(({ id }) => id);
    expect(words).toEqual([...plain, 'lung-fields', 'mediastinum-bones']);
  }
  const softTissue = HU_PRESETS.find(({ id }) => id === 'soft-tissue')!;
  expect(applyWindow(0, softTissue)).toBeCloseTo(0.375, 2);
});

test('the first window is the file’s own, else 8 bits as they are, else what occurs', () => {
  expect(defaultWindow({ ...ct, windows: [linear(40, 400)] })).toEqual(linear(40, 400));
  expect(defaultWindow(ct)).toEqual({ centre: -24, width: 2000, shape: 'LINEAR_EXACT' });
  const grey = plainImage(2, 1, 1, Uint8Array.of(10, 20), 8);
  expect([...shownSamples(grey, { window: defaultWindow(grey), invert: false })]).toEqual([
    Math.fround(10 / 255),
    Math.fround(20 / 255),
  ]);
});

test('a flat image, or one of NaN alone, has a window all the same', () => {
  expect(fullWindow(plainImage(2, 1, 1, Uint8Array.of(7, 7), 8)).width).toBe(1);
  expect(fullWindow(plainImage(1, 1, 1, Float32Array.of(NaN), 32))).toMatchObject({
    centre: 0,
    width: 1,
  });
});

test('MONOCHROME1 is shown the other way round, and invert turns any image', () => {
  const window = { centre: 127.5, width: 255, shape: 'LINEAR_EXACT' as const };
  const grey = plainImage(2, 1, 1, Uint8Array.of(0, 255), 8);
  expect([...toRgba(grey, { window, invert: false })]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  expect([...toRgba(grey, { window, invert: true })]).toEqual([255, 255, 255, 255, 0, 0, 0, 255]);
  const mono1 = { ...grey, photometric: 'MONOCHROME1' as const };
  expect([...toRgba(mono1, { window, invert: false })].slice(0, 3)).toEqual([255, 255, 255]);
  expect([...toRgba(mono1, { window, invert: true })].slice(0, 3)).toEqual([0, 0, 0]);
});

test('of colours 16 bits become 8', () => {
  const colour = plainImage(1, 1, 3, Uint16Array.of(0, 32896, 65535), 16);
  expect([...toRgba(colour, { window: defaultWindow(colour), invert: false })]).toEqual([
    0, 128, 255, 255,
  ]);
});

test('a large image is looked up and comes out the same', () => {
  const samples = Int16Array.from({ length: 2 ** 16 }, (_, i) => i - 2 ** 15);
  const large: DecodedImage = { ...ct, width: 256, height: 256, samples };
  const view = { window: linear(40, 400), invert: false };
  const shown = shownSamples(large, view);
  for (const i of [0, 30_000, 2 ** 15 + 1024, 2 ** 15 + 1100, 65_535]) {
    expect(shown[i]).toBe(Math.fround(applyWindow(samples[i] - 1024, view.window)));
  }
});

test('the value under the pointer is rescaled and has its unit', () => {
  expect(valueAt(ct, 1.9, 0.2)).toEqual({ values: [0], unit: 'HU' });
  expect(valueAt(ct, 1, 1)).toEqual({ values: [976], unit: 'HU' });
  expect(valueAt(ct, 2, 0)).toBeNull();
  expect(valueAt(ct, NaN, 0)).toBeNull();
  const colour = plainImage(1, 1, 3, Uint8Array.of(1, 2, 3), 8);
  expect(valueAt(colour, 0, 0)).toEqual({ values: [1, 2, 3], unit: null });
});

test.each(['resize 20x16', 'resize 96x80', 'resize 48x40'])(
  '%s is what Pillow makes of it',
  (name) => {
    const { width, height, values } = EXPECTED[name];
    const source = Float32Array.from(EXPECTED['resize source'].values!);
    const made = resample(source, 48, 40, width, height);
    const own = made.filter((_, i) => i % 11 === 0);
    // The golden is rounded to three places, of values up to 1000.
    own.forEach((x, i) => expect(Math.abs(x - values![i])).toBeLessThan(2e-3));
  },
);

const wide = plainImage(4, 2, 1, Uint8Array.of(0, 255, 255, 0, 0, 255, 255, 0), 8);
const view = { window: defaultWindow(wide), invert: false };

test('cropped to a square, a wide image loses both sides', () => {
  const input = toModelInput(wide, view, { width: 2, height: 2, fit: 'crop' });
  expect([...input]).toEqual(Array(12).fill(1));
});

test('padded to a square, it is black above and below', () => {
  const input = toModelInput(wide, view, { width: 4, height: 4, fit: 'pad' });
  const plane = [-1, -1, -1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, -1, -1, -1];
  expect([...input]).toEqual([...plane, ...plane, ...plane]);
});

test('pixels of a volume become square: rows twice as far apart as columns take twice the height', () => {
  const slice = { ...plainImage(4, 2, 1, wide.samples, 8), spacing: { x: 1, y: 2 } };
  const input = toModelInput(slice, view, { width: 4, height: 4, fit: 'pad' });
  const row = [-1, 1, 1, -1];
  expect([...input].slice(0, 16)).toEqual([...row, ...row, ...row, ...row]);
  // What cannot be right is not believed to the end: 4 columns of 1 mm, rows of a kilometre.
  const absurd = { ...slice, spacing: { x: 1, y: 999 } };
  expect(toModelInput(absurd, view, { width: 4, height: 4, fit: 'crop' })).toHaveLength(48);
});

test('colours keep their planes', () => {
  const colour = plainImage(1, 1, 3, Uint8Array.of(0, 51, 255), 8);
  const input = toModelInput(colour, view, { width: 1, height: 1, fit: 'crop' });
  expect(Array.from(input, (x) => x.toFixed(3))).toEqual(['-1.000', '-0.600', '1.000']);
});

test('a window changes colours channel by channel, and as they are stored they stay', () => {
  const image = plainImage(1, 1, 3, Uint8Array.of(0, 100, 255), 8);
  const asStored = toRgba(image, { window: defaultWindow(image), invert: false });
  expect([...asStored]).toEqual([0, 100, 255, 255]);
  const window = { centre: 100, width: 100, shape: 'LINEAR_EXACT' as const };
  expect([...toRgba(image, { window, invert: false })]).toEqual([0, 128, 255, 255]);
});

test('the window without extremes leaves out a hundredth at either end', () => {
  const samples = Uint16Array.from({ length: 1001 }, (_, i) => (i === 1000 ? 60_000 : i));
  const { centre, width } = robustWindow(plainImage(1001, 1, 1, samples, 16));
  expect([centre - width / 2, centre + width / 2]).toEqual([10, 990]);
});

test('an RGB image of equal channels is a grey one, any other stays', () => {
  const grey = asGrey(plainImage(2, 1, 3, Uint8Array.of(1, 1, 1, 9, 9, 9), 8));
  expect(grey).toMatchObject({ channels: 1, photometric: 'MONOCHROME2' });
  expect([...grey.samples]).toEqual([1, 9]);
  const colour = plainImage(2, 1, 3, Uint8Array.of(1, 1, 1, 9, 9, 8), 8);
  expect(asGrey(colour)).toBe(colour);
});

test('a mask is laid over in colours: clear outside, strong at borders, neighbours far apart', () => {
  const ids = [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 2, 0, 0, 0, 0, 0];
  const rgba = maskOverlay(ids, 5, 5);
  const at = (i: number) => [...rgba.subarray(i * 4, i * 4 + 4)];
  expect(at(0)[3]).toBe(0);
  expect(at(6)[3]).toBe(255);
  expect(at(12)[3]).toBe(120);
  const [one, other] = [at(6), at(19)];
  expect(Math.max(...[0, 1, 2].map((c) => Math.abs(one[c] - other[c])))).toBeGreaterThan(80);
});
