import { expect, test } from 'vitest';
import { fetchOriginals } from '../../fuzz/page-originals';
import { tryDamaged } from '../../fuzz/try-files';

test('200 damaged JPEG files are decoded by the browser or refused by name, within a second each', async () => {
  const report = await tryDamaged('JPEG', await fetchOriginals('JPEG'), { count: 200 });
  expect(report.failures).toEqual([]);
  expect(report.accepted).toBeGreaterThan(20);
  expect(report.refused).toBeGreaterThan(20);
});
