import { expect, test } from 'vitest';
import { backendWords, inEnglish } from '../../../src/browser/backend-words';
import { english } from '../../../src/browser/texts';
import type { BackendReport } from '../../../src/contract/request';
import german from '../../../src/languages/de';

test('the terminal gets an English sentence, with what is slower there', () => {
  const report: BackendReport = { backend: 'webgpu', device: 'RTX', reason: 'You chose WebGPU.' };
  expect(inEnglish(report)).toEqual(report);
  expect(inEnglish({ ...report, notRecorded: true }).reason).toMatch(/^You chose WebGPU\. It does/);
  expect(backendWords({ ...report, notRecorded: true }, { ...english, ...german.browser })).toMatch(
    /Aufgezeichnete Schritte/,
  );
});
