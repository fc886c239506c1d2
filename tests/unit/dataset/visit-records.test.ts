import { expect, test } from 'vitest';
import { createMemoryRecords } from '../../../src/common/records';
import type { DatasetRecord } from '../../../src/dataset/dataset-store';
import { VisitRecords } from '../../../src/dataset/visit-records';

const record = (id: string) => ({ id, set: { id } }) as unknown as DatasetRecord;
const none = () => undefined;

test('what is for the visit never reaches the store, and both are found together', async () => {
  const kept = createMemoryRecords<DatasetRecord>();
  const records = new VisitRecords(kept);
  records.forVisit('real');
  await records.putAll(['set/real', 'facts/real/1', 'set/made', 'facts/made/1'].map(record));

  expect(await kept.ids('')).toEqual(['facts/made/1', 'set/made']);
  expect(await records.ids('set/')).toEqual(['set/made', 'set/real']);
  expect(await records.ids('facts/real/')).toEqual(['facts/real/1']);
  expect((await records.listSmall('set/', none)).map(({ id }) => id)).toEqual([
    'set/made',
    'set/real',
  ]);
  expect(await records.get('set/real')).toEqual(record('set/real'));
  await records.removeAll(['set/real', 'set/made']);
  expect(await records.ids('set/')).toEqual([]);
});

test('once forgotten nothing of it is left', async () => {
  const records = new VisitRecords(createMemoryRecords<DatasetRecord>());
  records.forVisit('real');
  await records.putAll([record('set/real')]);
  records.forget();
  expect(records.isForVisit('real')).toBe(false);
  expect(await records.get('set/real')).toBeUndefined();
});
