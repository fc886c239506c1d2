import { expect, test } from 'vitest';
import {
  drawNuclei,
  settingsLike,
  STAINS,
  type NucleiSettings,
} from '../../../src/image/nuclei-layout';

const SETTINGS: NucleiSettings = {
  count: 30,
  diameter: 20,
  sizeSpread: 0.3,
  elongation: 1.5,
  clustering: 0.4,
  overlap: 0.15,
};

const SIZE = 256;

/** What training/data/nuclei_layout.py's measure_mask says of a mask. */
function measure(mask: Uint16Array) {
  const count = mask.reduce((most, id) => Math.max(most, id), 0);
  const sums = Array.from({ length: count + 1 }, () => ({ n: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 }));
  mask.forEach((id, at) => {
    const [x, y, sum] = [at % SIZE, Math.floor(at / SIZE), sums[id]];
    sum.n++;
    sum.x += x;
    sum.y += y;
    sum.xx += x * x;
    sum.yy += y * y;
    sum.xy += x * y;
  });
  const nuclei = sums.slice(1).filter(({ n }) => n >= 12);
  const shapes = nuclei.map(({ n, x, y, xx, yy, xy }) => {
    const [mx, my] = [x / n, y / n];
    const [vx, vy, cov] = [xx / n - mx * mx, yy / n - my * my, xy / n - mx * my];
    const root = Math.sqrt((vx - vy) ** 2 / 4 + cov * cov);
    const axes = ((vx + vy) / 2 + root + 0.1) / ((vx + vy) / 2 - root + 0.1);
    return { mx, my, diameter: 2 * Math.sqrt(n / Math.PI), elongation: Math.sqrt(axes) };
  });
  const mean = shapes.reduce((sum, { diameter }) => sum + diameter, 0) / shapes.length;
  const near = shapes.filter((one) =>
    shapes.some(
      (other) => other !== one && Math.hypot(one.mx - other.mx, one.my - other.my) < 1.3 * mean,
    ),
  );
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];
  return {
    count: shapes.length,
    diameter: median(shapes.map(({ diameter }) => diameter)),
    elongation: median(shapes.map(({ elongation }) => elongation)),
    clustered: near.length / shapes.length,
  };
}

/** The mean over eight layouts. */
function meanOf(settings: NucleiSettings) {
  const all = Array.from({ length: 8 }, (_, i) => measure(drawNuclei(settings, 5, i)));
  const mean = (key: keyof (typeof all)[0]) =>
    all.reduce((sum, one) => sum + one[key], 0) / all.length;
  return {
    count: mean('count'),
    diameter: mean('diameter'),
    elongation: mean('elongation'),
    clustered: mean('clustered'),
  };
}

test('the same seed and index give the same layout, others another', () => {
  const mask = drawNuclei(SETTINGS, 7, 0);
  expect(mask).toEqual(drawNuclei(SETTINGS, 7, 0));
  expect(mask).not.toEqual(drawNuclei(SETTINGS, 7, 1));
  expect(mask).not.toEqual(drawNuclei(SETTINGS, 8, 0));
});

test('ids run from 1 without gaps, each with at least 6 pixels', () => {
  const mask = drawNuclei(SETTINGS, 1, 0);
  const counts = new Map<number, number>();
  for (const id of mask) counts.set(id, (counts.get(id) ?? 0) + 1);
  const ids = [...counts.keys()].filter((id) => id > 0).sort((a, b) => a - b);
  expect(ids).toEqual(ids.map((_, i) => i + 1));
  for (const id of ids) expect(counts.get(id)).toBeGreaterThanOrEqual(6);
});

test('what is asked for is what is measured', () => {
  const made = meanOf(SETTINGS);
  expect(made.count).toBeGreaterThan(28);
  // Nuclei cut by the edge are smaller and rounder.
  expect(made.diameter).toBeGreaterThan(17);
  expect(made.diameter).toBeLessThan(22);
  expect(made.elongation).toBeGreaterThan(1.3);
  expect(made.elongation).toBeLessThan(1.7);
});

test('each setting moves its measure', () => {
  expect(meanOf({ ...SETTINGS, count: 10 }).count).toBe(10);
  expect(meanOf({ ...SETTINGS, diameter: 10 }).diameter).toBeLessThan(12);
  expect(meanOf({ ...SETTINGS, elongation: 2.5 }).elongation).toBeGreaterThan(2.1);
  const [lone, together] = [0, 1].map((clustering) =>
    meanOf({ ...SETTINGS, diameter: 12, clustering }),
  );
  expect(together.clustered).toBeGreaterThan(lone.clustered + 0.3);
});

test('without overlap no nucleus is covered: a crowd finds less room', { timeout: 30_000 }, () => {
  const crowd = { ...SETTINGS, count: 100, diameter: 26 };
  const counts = [0, 0.6].map((overlap) => meanOf({ ...crowd, overlap }).count);
  expect(counts[1]).toBeGreaterThan(counts[0] + 10);
});

test.each(STAINS)('%s: layouts are like the training masks they follow', (stain) => {
  const settings = Array.from({ length: 60 }, (_, i) => settingsLike(stain, 3, i));
  const median = (key: keyof NucleiSettings) =>
    settings.map((one) => one[key]).sort((a, b) => a - b)[30];
  // Medians over all training masks of the stain, by measure_mask: count, diameter, elongation.
  const [count, diameter, elongation] = {
    fluorescence: [16, 21, 1.5],
    histology: [29.5, 19.4, 1.76],
    brightfield: [5, 14.3, 1.4],
  }[stain];
  expect(median('count') / count).toBeGreaterThan(0.5);
  expect(median('count') / count).toBeLessThan(2);
  expect(Math.abs(median('diameter') / diameter - 1)).toBeLessThan(0.25);
  expect(Math.abs(median('elongation') / elongation - 1)).toBeLessThan(0.25);
});

test('a nucleus of half the image, or none, is drawn all the same', () => {
  expect(measure(drawNuclei({ ...SETTINGS, count: 1, diameter: 1000 }, 0, 0)).count).toBe(1);
  expect(drawNuclei({ ...SETTINGS, count: 0 }, 0, 0).every((id) => id === 0)).toBe(true);
});
