import { expect, test } from 'vitest';
import { createMemoryRecords } from '../../../src/common/records';
import {
  EvaluationStore,
  type EvaluationFacts,
  type EvaluationRecord,
} from '../../../src/evaluation/report/kept-evaluations';
import { fromRows, multiplyExactly } from '../../../src/evaluation/metrics/feature-matrix';
import { kid } from '../../../src/evaluation/metrics/kid';
import { plainVerdict, verdictOf } from '../../../src/evaluation/report/evaluation-words';
import { sideBySide } from '../../../src/evaluation/report/side-by-side';
import {
  sideBySideChart,
  sideBySideCsv,
  sideBySideHtml,
} from '../../../src/evaluation/report/side-by-side-files';
import type { CopyReport, EvaluationReport } from '../../../src/evaluation/report/report';

const COMPARED = { synthetic: 'Made', real: 'Scans', holdout: '' };
const ESTIMATE = (value: number, half: number) => ({
  value,
  low: value - half,
  high: value + half,
});

function reportOf(changed: Partial<EvaluationReport> = {}): EvaluationReport {
  return {
    version: 1,
    createdAt: '2026-11-28T10:00:00.000Z',
    seed: 0,
    networks: [{ id: 'net', role: 'generic', title: 'Net', sha256: 'aa' }],
    samples: { real: 40, synthetic: 60, holdout: 20 },
    kid: { ...ESTIMATE(0.2, 0.02), floor: 0.001, floorHigh: 0.01 },
    fid: null,
    density: 0.4,
    coverage: 0.5,
    msSsim: { synthetic: ESTIMATE(0.3, 0.1), real: null },
    fidelity: {},
    copies: copies(0, false),
    membership: null,
    usefulness: null,
    usefulnessRefusal: null,
    warnings: [],
    skipped: [],
    seconds: 3,
    secondsByStage: {},
    ...changed,
  };
}

function copies(count: number, aboveLimit: boolean | null): CopyReport {
  return { count, aboveLimit, rate: count / 60, low: 0, high: 0.06 } as CopyReport;
}

test('a comparison is kept with its pictures, renamed, listed newest first and deleted', async () => {
  const records = createMemoryRecords<EvaluationRecord>();
  const store = new EvaluationStore(records);
  const older = await store.keep(reportOf(), new Map([['real/1.png', 'data:a']]), COMPARED);
  const later = reportOf({ createdAt: '2026-11-28T11:00:00.000Z', copies: copies(2, true) });
  const newer = await store.keep(later, new Map(), COMPARED);

  expect(older).toMatchObject({ title: 'Made against Scans', kid: 0.2, coverage: 0.5, copies: 0 });
  expect((await store.list()).map(({ id }) => id)).toEqual([newer.id, older.id]);
  await store.rename(older.id, 'First try');
  const read = await store.get(older.id);
  expect(read?.facts.title).toBe('First try');
  expect(read?.report).toEqual(reportOf());
  expect(read?.pictures.get('real/1.png')).toBe('data:a');

  await store.remove(older.id);
  await store.rename(older.id, 'Back again');
  expect(await store.get(older.id)).toBeNull();
  expect(await records.ids('')).toEqual([`facts/${newer.id}`, `report/${newer.id}`]);
});

test('a full disk is named, with what to do', async () => {
  const records = createMemoryRecords<EvaluationRecord>();
  records.putAll = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  await expect(
    new EvaluationStore(records).keep(reportOf(), new Map(), COMPARED),
  ).rejects.toMatchObject({
    name: 'QuotaExceeded',
    message: expect.stringContaining('Save its report') as string,
  });
});

test('one of two is better only where their intervals lie apart', () => {
  const better = reportOf({ kid: { ...ESTIMATE(0.1, 0.02), floor: 0, floorHigh: null } });
  const told = (a: EvaluationReport, b: EvaluationReport) =>
    sideBySide(a, b).rows.find(({ measure }) => measure.startsWith('KID'))?.told;
  expect(told(better, reportOf())).toBe('the first is better');
  expect(told(reportOf(), better)).toBe('the second is better');
  expect(told(reportOf(), reportOf())).toBe('not distinguishable');

  const { rows, cautions } = sideBySide(reportOf(), reportOf({ kid: null, copies: null }));
  expect(rows[0]).toMatchObject({ a: '0.200 (0.180 to 0.220)', b: '', told: '' });
  expect(rows.map(({ measure }) => measure).join()).not.toContain('membership'); // neither has it
  expect(cautions).toEqual([]);
});

test('what makes two comparisons differ besides the images is said', () => {
  const other = reportOf({
    networks: [{ id: 'net', role: 'generic', title: 'Net', sha256: 'bb' }],
    samples: { real: 41, synthetic: 61, holdout: 20 },
  });
  expect(sideBySide(reportOf(), other).cautions).toHaveLength(3);
});

test('of figures of other networks, and of real images of another name, none is called better without a word', () => {
  const better = reportOf({
    kid: { ...ESTIMATE(0.1, 0.02), floor: 0, floorHigh: null },
    networks: [{ id: 'net', role: 'generic', title: 'Net', sha256: 'bb' }],
  });
  const [kid] = sideBySide(better, reportOf()).rows;
  expect([kid.measure, kid.told]).toEqual(['KID (95 %)', '']);
  const { cautions } = sideBySide(reportOf(), reportOf(), ['chests', 'brains']);
  expect(cautions.join()).toMatch(/"chests".*"brains"/);
  expect(sideBySide(reportOf(), reportOf(), ['chests', 'chests']).cautions).toEqual([]);
});

test('two comparisons are saved as a table for machines and as a page to read, with nothing that runs in it', () => {
  const kept = (title: string, report = reportOf()) => ({
    ...{
      report,
      pictures: new Map(),
      facts: { title, compared: COMPARED } as EvaluationFacts,
    },
  });
  const [first, second] = [kept('=cmd, "A"'), kept('<script>', reportOf({ copies: null }))];
  const [head, kid] = sideBySideCsv(first, second).split('\r\n');
  expect(head).toBe(`measure,"'=cmd, ""A""",<script>,by their intervals`);
  expect(kid).toBe('KID (95 %),0.200 (0.180 to 0.220),0.200 (0.180 to 0.220),not distinguishable');

  const html = sideBySideHtml(first, second);
  expect(html).toContain('&lt;script&gt;');
  expect(html).not.toMatch(/<script|src="http/);
  expect(html).toContain('<svg');
  expect(
    sideBySideChart(kept('a', reportOf({ kid: null })), kept('b', reportOf({ kid: null }))),
  ).toBeNull();
});

test('the verdict is three plain sentences', () => {
  expect(plainVerdict(reportOf())).toEqual([
    'A network tells the synthetic images from the real ones; 50 % of the real ones have a synthetic one near them.',
    'None of them is a copy of a real image.',
    'Whether they help to train a classifier was not measured.',
  ]);
  const few = reportOf({ kid: null, coverage: null, copies: copies(1, null) });
  expect(plainVerdict(few).slice(0, 2)).toEqual([
    'There are too few images to say how real the synthetic ones look.',
    'There are too few images to say whether any is a copy of a real one.',
  ]);
  expect(plainVerdict(reportOf({ copies: copies(9, true) }))[1]).toMatch(
    /^9 of them come too near/,
  );
});

test.each([2, 3, 4])(
  'nothing is said to be better, or alike, from %i images a side',
  async (count) => {
    const rows = (centre: number) =>
      fromRows(Array.from({ length: count }, (_, i) => [centre + i, i * i]));
    const near = await kid(rows(0), rows(0.5), null, multiplyExactly);
    const far = await kid(rows(9), rows(0), null, multiplyExactly);
    const [first, second] = [near, far].map((one) => reportOf({ kid: one, coverage: null }));
    for (const report of [first, second]) {
      expect(plainVerdict(report)[0]).toMatch(/^There are too few images to say/);
      expect(verdictOf(report)[0]).toContain('too few images to say whether');
    }
    const [row] = sideBySide(first, second).rows;
    expect([row.measure, row.told]).toEqual(['KID (95 %)', '']);
  },
);
