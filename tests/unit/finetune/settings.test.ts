import { expect, test } from 'vitest';
import { settingsProblem } from '../../../src/finetune/plan';
import { DEFAULT_SETTINGS } from '../../../src/finetune/run';

test.each([
  [{}, null],
  [{ batch: 5, priorRows: 4 }, null],
  [{ batch: 4, priorRows: 4 }, /^Images of the base model: .* 0 to 3/],
  [{ batch: 0 }, /^Batch/],
  [{ rank: 65 }, /^Rank/],
  [{ learningRate: 0 }, /^Learning rate/],
])('settings %j', (change, expected) => {
  const problem = settingsProblem({ ...DEFAULT_SETTINGS, ...change });
  if (expected) expect(problem).toMatch(expected);
  else expect(problem).toBeNull();
});
