import { expect, test } from 'vitest';
import { misfitWords } from '../../../src/views/models/fit-words';

test('too little room is said with what to delete, or how much to free', () => {
  const noRoom = { kind: 'noRoom', title: 'Big', bytes: 2.3e9, freeBytes: 1.1e9 } as const;
  const other = { title: 'Other', bytes: 1.5e9 };
  expect(misfitWords({ ...noRoom, inItsPlace: other })).toBe(
    'Big needs 2.30 GB of storage, 1.10 GB is free; delete Other (1.50 GB) or choose a smaller model.',
  );
  expect(misfitWords({ ...noRoom, inItsPlace: null })).toContain('free 1.20 GB on the disk');
});

test('a weak GPU and little memory are said with their figures', () => {
  expect(misfitWords({ kind: 'gpuLacks', missing: { features: ['shader-f16'] } })).toBe(
    'This GPU lacks shader-f16, so the model would run on the CPU, slowly.',
  );
  const asked = { title: 'Big', bytes: 5e9 };
  expect(misfitWords({ kind: 'tooMuchForCpu', ...asked, mostBytes: 3 * 2 ** 30 })).toContain(
    'the CPU can give it 3.22 GB',
  );
  expect(misfitWords({ kind: 'littleMemory', ...asked, memoryBytes: 4e9 })).toContain(
    'this device reports about 4.00 GB',
  );
});
