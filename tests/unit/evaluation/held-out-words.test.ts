import { expect, test } from 'vitest';
import { heldOutWords } from '../../../src/evaluation/report/evaluation-words';
import type { CopyReport } from '../../../src/evaluation/report/report';
import { describeCopyRate } from '../../../src/views/finetune/describe-finetune';

test('what was held out in turn is not called a held-out set', () => {
  const copies = (heldInTurn?: boolean) => ({ numHoldout: 30, heldInTurn }) as CopyReport;
  expect(heldOutWords(copies(false))).toBe('30 held-out real images');
  expect(heldOutWords(copies(true))).toMatch(/^30 real images, each held out in turn because no/);
  expect(heldOutWords(copies())).toBe('30 held-out real images');
});

test('no verdict says from how many on there is one', () => {
  expect(describeCopyRate(null)).toMatch(/at least 20 held-out images and 20 samples/);
  expect(describeCopyRate(0.05)).toBe('5 % of the samples');
});
