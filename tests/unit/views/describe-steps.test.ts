import { expect, test } from 'vitest';
import type { Dataset } from '../../../src/dataset/dataset-store';
import { nextStep, stepsOf } from '../../../src/views/datasets/describe-steps';

const SET = { total: 12, status: 'queued' } as Dataset;
const way = (set: Partial<Dataset>, numDone = 12, numJudged = 0) => ({
  ...{ set: { ...SET, ...set }, numDone },
  images: Array.from({ length: numDone }, (_, i) => ({
    ...{ discarded: false, verdict: i < numJudged ? ('keep' as const) : null },
  })),
});

test('the way leads from making over looking and comparing to a file', () => {
  const copyCheck = { copies: 1, checked: 12 } as Dataset['copyCheck'];
  const told = [
    way({}, 5),
    way({ status: 'done' }),
    way({ status: 'done' }, 12, 12),
    way({ status: 'done', copyCheck }, 12, 12),
    way({ status: 'done', copyCheck, exportedAt: new Date() }, 12, 12),
  ].map((one) => nextStep(stepsOf(one)));
  expect(told).toEqual(['make', 'review', 'compare', 'export', null]);
});

test('each step says what there is of it', () => {
  const found = stepsOf(way({}, 5, 2)).map((step) => step.found);
  expect(found).toEqual(['5 of 12', '2 of 5 looked at', 'not yet', 'not yet']);
  const copyCheck = { copies: 1, checked: 12 } as Dataset['copyCheck'];
  expect(stepsOf(way({ copyCheck }))[2].found).toBe('1 of 12 near a real one');
  expect(stepsOf(way({}, 0))[1].done).toBe(false); // nothing to look through
});

test('what was discarded is not looked at any more', () => {
  const { set, numDone, images } = way({ status: 'done' }, 3, 2);
  const [, , last] = images;
  const discarded = [...images.slice(0, 2), { ...last, discarded: true }];
  expect(stepsOf({ set, numDone, images: discarded })[1]).toMatchObject({
    ...{ found: '2 of 2 looked at', done: true },
  });
});
