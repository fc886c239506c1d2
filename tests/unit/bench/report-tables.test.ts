import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXPERIMENTS, figuresOf, mergedLabels } from '../../../bench/report/experiments.js';
import {
  readMetrics,
  readPythonMetrics,
  tablesOf,
  withTables,
} from '../../../bench/report/tables.js';
import { ROOT } from '../../../cli/install.js';
import type { EvaluationReport } from '../../../src/evaluation/report/report';

const REPORT = readFileSync(join(ROOT, 'docs/report.md'), 'utf8');

test('the tables of docs/report.md are those that its metrics files make', () => {
  const metrics = readMetrics();
  expect(Object.keys(metrics).sort()).toEqual(Object.keys(EXPERIMENTS).sort());
  expect(withTables(REPORT, tablesOf(metrics, readPythonMetrics()))).toBe(REPORT);
});

test('another figure in a metrics file is another table', () => {
  const metrics = readMetrics();
  metrics.skin!.usefulness!.sizes[0].auroc.real.value = 0.123456;
  const tables = tablesOf(metrics, readPythonMetrics());
  expect(tables.skin).toContain('0.123 (');
  expect(withTables(REPORT, tables)).not.toBe(REPORT);
});

test('a mark without a table and a table without a mark are errors', () => {
  const text = 'A\n<!-- table: one -->\nold\n<!-- end of table -->\nB';
  expect(withTables(text, { one: '| 1 |' })).toBe(
    'A\n<!-- table: one -->\n\n| 1 |\n\n<!-- end of table -->\nB',
  );
  expect(() => withTables(text, {})).toThrow('unknown table "one"');
  expect(() => withTables(text, { one: '', two: '' })).toThrow('no place for: two');
});

test('metrics files name no image', () => {
  const pair = { synthetic: 'made.png', real: 'patient-7.png', distance: 0.25, copy: false };
  const skipped = [{ set: 'real', name: 'broken.png', message: 'unreadable' }];
  const report = { copies: { rate: 0, pairs: [pair] }, skipped } as unknown as EvaluationReport;
  const text = JSON.stringify(figuresOf(report));
  expect(text).toContain('0.25');
  expect(text).not.toMatch(/made|patient|broken/);
});

test('generated images join the CSV of the real ones, their labels quoted', () => {
  const csv = 'file,label,patient,skin_tone\na.png,nevus,p1,very light\n';
  expect(mergedLabels(csv, [{ file: 'images/1.png', label: 'tumour, "large"' }])).toBe(
    `${csv}images/1.png,"tumour, ""large""",,\n`,
  );
});
