import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { evaluate } from '../../../src/evaluation/evaluate';
import { fromRows, multiplyExactly } from '../../../src/evaluation/metrics/feature-matrix';
import { FIGURES } from '../../../src/evaluation/metrics/figures/figure';
import { measureFigures } from '../../../src/evaluation/metrics/figures/index';
import { figureWords } from '../../../src/evaluation/report/evaluation-words';
import type { OpenNetwork } from '../../../src/evaluation/metrics/network-features';
import type { EvaluationReport, ImageFeatures } from '../../../src/evaluation/report/report';

/** So many rows of two features on a circle around `centre`. */
const circle = (count: number, centre: number) =>
  fromRows(Array.from({ length: count }, (_, i) => [centre + Math.cos(i), Math.sin(i)]));

test('every figure with a title is measured; FID leaves out what is too small for it', async () => {
  const real = circle(2000, 0);
  const far = await measureFigures({ real, synthetic: circle(1000, 3), holdout: null });
  expect(Object.keys(far)).toEqual(FIGURES.map(([name]) => name));
  // Equal spread, means 3 apart: 3² by eq. 6 of Heusel et al.; the halves of the real images are the same circle.
  expect(far.fid?.value).toBeCloseTo(9, 1);
  expect(far.fid?.floor).toBeCloseTo(0, 2);

  const held = await measureFigures({ real, synthetic: real, holdout: circle(1000, 1) });
  expect(held.fid?.floor).toBeCloseTo(1, 1);
  const few = await measureFigures({ real, synthetic: circle(999, 0), holdout: null });
  expect(few.fid).toBeNull();
});

test('a report says each of its figures by title; one from before there were others says FID', () => {
  const fid = { value: 2, floor: null };
  const words = [
    { title: 'FID', words: '2.000, real against real not measured: too few real images' },
  ];
  expect(figureWords({ fid, figures: { fid } } as unknown as EvaluationReport)).toEqual(words);
  expect(figureWords({ fid } as unknown as EvaluationReport)).toEqual(words);
});

test('the floor of FID does not depend on files being listed class by class', async () => {
  // Two classes 10 apart, each as a folder of its own: halves of that list would be the classes.
  const classes = ['a', 'b'].map((label, c) =>
    Array.from({ length: 1000 }, (_, i) => ({
      label,
      feature: [10 * c + Math.cos(i), Math.sin(i)],
    })),
  );
  const all = classes.flat().map((one, i) => ({ ...one, name: `${one.label}/${i}.png` }));
  const png = encode({ width: 16, height: 16, data: new Uint8Array(256), channels: 1 });
  const blob = new Blob([new Uint8Array(png)]);
  const known = (index: number): ImageFeatures => ({
    ...{ id: `${index}`, features: { toy: Float32Array.from(all[index].feature) } },
    ...{ thumb: new Uint8Array(64 * 64), width: 16, height: 16, bits: 8, marked: false },
  });
  const network = { id: 'toy', role: 'generic', title: 'Toy' } as OpenNetwork['network'];
  const report = await evaluate(
    {
      ...{ real: all, synthetic: all, holdout: [], networks: ['toy'], seed: 0 },
      parts: { copies: false, usefulness: false },
    },
    {
      ...{ networks: [{ network, featuresOf: async () => [] }], multiply: multiplyExactly },
      ...{ keep: async () => undefined, onProgress: () => undefined },
      read: async (_, index) => ({ blob, known: known(index) }),
    },
  );
  expect(report.fid?.value).toBeCloseTo(0, 6);
  expect(report.fid?.floor).toBeGreaterThanOrEqual(0);
  expect(report.fid?.floor).toBeLessThan(1); // class against class: 100
}, 60_000);
