import { expect, test } from 'vitest';
import { isAboveLimit } from '../../../src/evaluation/copies/copy-limit';
import { copyGate } from '../../../src/pictures/copy-gate';

const ids = Array.from({ length: 100 }, (_, i) => `image-${i}`);
const checked = { copies: 3, checked: 100, method: 'By pixels.' };

test('the limit is passed only where the whole interval lies above it', () => {
  // Clopper-Pearson of 3 of 100: 0.62 % to 8.52 % (SciPy, binomtest).
  expect(isAboveLimit(3, 100, 0.006)).toBe(true);
  expect(isAboveLimit(3, 100, 0.007)).toBe(false);
  expect(isAboveLimit(0, 100, 0)).toBe(false);
  expect(isAboveLimit(1, 100, 0)).toBe(true);
  expect(isAboveLimit(0, 0, 0)).toBe(false);
});

test('what was never compared has no gate, and an export without the suspects passes it', () => {
  expect(copyGate(undefined, ids)).toBeNull();
  const check = { ...checked, suspects: ids.slice(0, 3), limit: 0.001 };
  expect(copyGate(check, ids)).toMatchObject({ count: 3, total: 100, above: true, named: true });
  expect(copyGate(check, ids.slice(3))).toMatchObject({ count: 0, above: false });
  expect(copyGate({ ...check, limit: 0.05 }, ids)).toMatchObject({ count: 3, above: false });
});

test('images that came after the check do not thin the copies out', () => {
  const check = { ...checked, checked: 4, suspects: ids.slice(0, 3), limit: 0.1 };
  expect(copyGate(check, ids)).toMatchObject({ count: 3, total: 4, above: true });
});

test('a check that kept no names is judged by its counts', () => {
  expect(copyGate(checked, ids.slice(0, 10))).toEqual({
    ...{ count: 3, total: 100, limit: 0, above: true, named: false },
  });
});
