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
