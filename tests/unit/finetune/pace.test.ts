import { expect, test } from 'vitest';
import { createPacer } from '../../../src/finetune/pace';

test('the pace is the mean, with what lies between the steps', () => {
  const paceAt = createPacer(1000);
  paceAt(3000, 1500);
  expect(paceAt(5000, 500)).toEqual({ msPerStep: 1000, msPerRound: 2000, msSpent: 4000 });
});

test('a night of sleep does not count, neither between two steps nor within one', () => {
  const night = 8 * 3_600_000;
  const paceAt = createPacer(0);
  for (let step = 1; step <= 10; step++) paceAt(2000 * step, 1000);
  expect(paceAt(20_000 + night, 1000)).toMatchObject({ msPerStep: 1000, msPerRound: 2000 });
  expect(paceAt(20_000 + 2 * night, night)).toMatchObject({ msPerStep: 1000, msPerRound: 2000 });
  expect(paceAt(22_000 + 2 * night, 1000)).toMatchObject({ msPerStep: 1000, msPerRound: 2000 });
});

test('a slow first step counts, and so do samples that take half a minute among slow steps', () => {
  const slow = createPacer(0);
  expect(slow(60_000, 60_000).msPerStep).toBe(60_000);
  expect(slow(600_000, 60_000).msPerRound).toBe(300_000);
});
