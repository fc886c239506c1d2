import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeFailure } from '../../../cli/end.js';
import { appError, type ErrorName } from '../../../src/errors.ts';

test.each<ErrorName>(['NetworkFailed', 'ImageUnreadable', 'QuotaExceeded', 'TunedMissing'])(
  '%s ends every program with code 2 and its sentence, no stack',
  (name) => {
    expect(describeFailure(appError(name, 'What happened.'))).toEqual({
      text: `${name}: What happened.`,
      code: 2,
    });
  },
);

test('a bug ends with code 1 and its stack', () => {
  const { text, code } = describeFailure(new TypeError('x is not a function'));
  expect(code).toBe(1);
  expect(text).toContain('end.test.ts');
});

test.each(['generate', 'evaluate', 'finetune'])(
  'cli/%s.js runs as the others do, with no table of errors of its own',
  (name) => {
    const program = readFileSync(new URL(`../../../cli/${name}.js`, import.meta.url), 'utf8');
    expect(program).toContain('await runInApp({ usage: USAGE, plan });');
    expect(program).not.toMatch(/'(NetworkFailed|ModelCorrupt|OutOfMemory)'/);
  },
);
