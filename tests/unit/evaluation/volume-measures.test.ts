import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { msSsimVolume } from '../../../src/evaluation/metrics/ms-ssim-volume';
import {
  likeness,
  morphometry,
  spearman,
  volumeFeatures,
} from '../../../src/evaluation/metrics/volume-measures';

/** What training/goldens/make_volume_goldens.py found. */
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/volume-measures.json', import.meta.url), 'utf8'),
) as {
  size: [number, number, number];
  nearest: number[];
  nearestMoved: number[];
  msSsim: number[];
  spearman: number;
  morphometry: Record<string, number[]>;
};
const { size } = golden;
const [sizeX, sizeY, sizeZ] = size;

function drawn(value: (x: number, y: number, z: number) => number): Uint8Array {
  return Uint8Array.from({ length: sizeX * sizeY * sizeZ }, (_, i) =>
    value(Math.floor(i / (sizeY * sizeZ)), Math.floor(i / sizeZ) % sizeY, i % sizeZ),
  );
}

const toy = (k: number) => (x: number, y: number, z: number) =>
  (x * x * (k + 1) + 3 * y * z + k * 37 * Math.floor(y / 3) + Math.floor((x * y * z) / (k + 2))) %
  256;
const images = [0, 1, 2, 3].map((k) => drawn(toy(k)));
const within = (v: number, from: number, to: number) => v >= from && v < to;

test('the nearest of other volumes is as Python finds it', () => {
  const all = images.map((image) => volumeFeatures(image, size));
  const nearest = all
    .slice(0, 2)
    .map((one) => Math.max(...all.slice(2).map((o) => likeness(one, o))));
  nearest.forEach((value, i) => expect(value).toBeCloseTo(golden.nearest[i], 5));
});

test('a volume seen from the other side and shifted is found again', () => {
  const source = toy(0);
  const wrap = (i: number, n: number) => (i + n) % n;
  const moved = drawn((x, y, z) => source(sizeX - 1 - wrap(x - 2, sizeX), y, wrap(z + 2, sizeZ)));
  const found = likeness(volumeFeatures(moved, size), volumeFeatures(images[0], size));
  expect(found).toBeCloseTo(golden.nearestMoved[0], 5);
  expect(found).toBeGreaterThan(0.99);
  expect(golden.nearest[0]).toBeLessThan(0.9);
});

test('structural similarity of volumes is as in Python', () => {
  for (const [k, value] of golden.msSsim.entries()) {
    const mixed = images[k].map((x, i) => Math.floor((3 * x + images[k + 1][i]) / 4));
    expect(msSsimVolume(images[k], mixed, size)).toBeCloseTo(value, 4);
    expect(value).toBeGreaterThan(0.1);
  }
  expect(msSsimVolume(images[0], images[0], size)).toBeCloseTo(1, 9);
});

test('volumes, surface and shares of label maps are as in Python', () => {
  const { anterior_mm3, posterior_mm3, surface_mm2, anterior_share } = golden.morphometry;
  for (const k of [0, 1, 2]) {
    const labels = drawn((x, y, z) => {
      if (within(x, 3, 9) && within(y, 4, 12) && within(z, 4, 8 + k)) return 2;
      return +(within(x, 2, 8 + k) && within(y, 12, 20) && within(z, 5, 9));
    });
    const { first, second, surface, firstShare } = morphometry(labels, size);
    expect([first, second, surface]).toEqual([anterior_mm3[k], posterior_mm3[k], surface_mm2[k]]);
    expect(firstShare).toBeCloseTo(anterior_share[k], 12);
  }
});

test('ranks share their mean where values are equal', () => {
  expect(spearman([5, 3, 9, 9, 1], [50, 20, 70, 71, 40])).toBeCloseTo(golden.spearman, 12);
});
