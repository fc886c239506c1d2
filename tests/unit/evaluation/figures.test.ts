import { expect, test } from 'vitest';
import { fromRows } from '../../../src/evaluation/metrics/feature-matrix';
import { FIGURES } from '../../../src/evaluation/metrics/figures/figure';
import { measureFigures } from '../../../src/evaluation/metrics/figures/index';
import { figureWords } from '../../../src/evaluation/report/evaluation-words';
import type { EvaluationReport } from '../../../src/evaluation/report/report';

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
