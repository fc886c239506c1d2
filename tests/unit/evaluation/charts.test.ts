import { expect, test } from 'vitest';
import { kidChart } from '../../../src/evaluation/report/charts';

const fidelity = (
  label: string,
  kid: { value: number; low: number; high: number; floor: number },
) => ({ label, numReal: 4, numSynthetic: 2, kid, prdc: null, realPrdc: null }) as never;

test('a label with too few images for an interval or a floor is left out of the chart', () => {
  const measured = fidelity('nevus', { value: 0.2, low: 0.1, high: 0.3, floor: 0 });
  const few = fidelity('melanoma', { value: 0.2, low: NaN, high: NaN, floor: NaN });
  const chart = kidChart([measured, few]);
  const texts = chart!.marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
  expect(texts).toContain('nevus');
  expect(texts).not.toContain('melanoma');
  expect(kidChart([few])).toBeNull();
});

test('a chart for a phone is as wide as one, and all its marks lie inside', () => {
  const kid = { value: 0.2, low: 0.1, high: 0.3, floor: 0 };
  const chart = kidChart([fidelity('basal cell carcinoma', kid)], 348)!;
  expect(chart.width).toBe(348);
  const xs = chart.marks.flatMap((mark) => {
    if (mark.kind === 'line') return [mark.x1, mark.x2];
    return mark.kind === 'bar' ? [mark.x, mark.x + mark.width] : [mark.x];
  });
  expect(Math.min(...xs)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...xs)).toBeLessThanOrEqual(348);
  // 96 pixels are left for it, at about seven a letter.
  expect(chart.marks).toContainEqual(expect.objectContaining({ text: 'basal cell c…' }));
});
