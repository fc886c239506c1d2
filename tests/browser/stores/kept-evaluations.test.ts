import '../../../src/styles/tokens.css';
import '../../../src/styles/base.css';
import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { createMemoryRecords } from '../../../src/common/records';
import {
  EvaluationStore,
  type EvaluationRecord,
} from '../../../src/evaluation/report/kept-evaluations';
import type { EvaluationReport } from '../../../src/evaluation/report/report';
import { KeptEvaluations } from '../../../src/views/evaluate/kept/kept-evaluations.svelte';
import KeptEvaluationList from '../../../src/views/evaluate/KeptEvaluationList.svelte';
import { LabelMatching } from '../../../src/views/evaluate/label-matching.svelte';
import LabelMatches from '../../../src/views/evaluate/LabelMatches.svelte';

const COMPARED = { synthetic: 'Made', real: 'Scans', holdout: '' };
const REPORT = {
  ...{ createdAt: '2026-11-28T10:00:00.000Z', samples: { real: 9, synthetic: 8, holdout: 0 } },
  ...{ kid: null, coverage: 0.25, copies: null },
} as EvaluationReport;

const listed = (labels: string[]) =>
  labels.map((label, i) => ({
    image: { name: `${i}.png`, label },
    read: () => Promise.reject(new Error('not read')),
  }));

test('two tabs keep comparisons side by side, and what one deletes goes in the other', async () => {
  const store = new EvaluationStore(createMemoryRecords<EvaluationRecord>());
  const channel = `evaluation changes ${crypto.randomUUID()}`;
  const [here, there] = [new KeptEvaluations(store, channel), new KeptEvaluations(store, channel)];
  await here.keep(REPORT, new Map(), COMPARED);
  await expect.poll(() => there.all.length).toBe(1);
  const { id } = there.all[0];
  await there.show(id);
  await there.rename(id, '  First try  ');
  await expect.poll(() => here.all[0].title).toBe('First try');
  await there.rename(id, '   ');
  expect(there.all[0].title).toBe('First try');

  await here.remove(id);
  await expect.poll(() => there.shown).toBeNull();
  expect(there.all).toEqual([]);
  here.close();
  there.close();
});

test('a comparison that cannot be kept is shown all the same, and why is said', async () => {
  const records = createMemoryRecords<EvaluationRecord>();
  records.putAll = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  const kept = new KeptEvaluations(new EvaluationStore(records), null);
  await kept.keep(REPORT, new Map(), COMPARED);
  expect(kept.shown?.report.coverage).toBe(0.25);
  expect(kept.all).toEqual([]);
  const screen = await render(KeptEvaluationList, { kept });
  await expect.element(screen.getByRole('alert')).toHaveTextContent('no room left');
});

test('nothing is deleted before it is asked for twice', async () => {
  const kept = new KeptEvaluations(new EvaluationStore(createMemoryRecords()), null);
  await kept.keep(REPORT, new Map(), COMPARED);
  const screen = await render(KeptEvaluationList, { kept });
  await expect.element(screen.getByText(/8 synthetic, 9 real · coverage 25.0 %/)).toBeVisible();
  await screen.getByRole('button', { name: 'Delete Made against Scans' }).click();
  expect(kept.all).toHaveLength(1);
  await screen.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect.poll(() => kept.all).toEqual([]);
});

test('labels that are spelled differently are asked about once, with a suggestion', async () => {
  const labels = new LabelMatching();
  const made = listed(['No_findings', 'zebra', 'pneumonia']);
  const real = listed(['no finding', 'pneumonia', 'pneumonia']);
  expect(labels.settle(made, real)).toBe(false);
  const screen = await render(LabelMatches, { labels });
  await expect
    .element(screen.getByRole('combobox', { name: 'No_findings' }))
    .toHaveValue('no finding');
  await expect.element(screen.getByRole('combobox', { name: 'zebra' })).toHaveValue('');
  await screen.getByRole('combobox', { name: 'zebra' }).selectOptions('means pneumonia');

  expect(labels.settle(made, real)).toBe(true);
  const after = labels.apply(made).map(({ image }) => image.label);
  expect(after).toEqual(['no finding', 'pneumonia', 'pneumonia']);
});

test.each([
  ['the same labels', ['a', 'b'], ['b', 'a']],
  ['real images without labels', ['a'], ['', '']],
  ['folders of one name each', ['discs', 'discs'], ['images']],
])('%s are not asked about', (_, made, real) => {
  expect(new LabelMatching().settle(listed(made), listed(real))).toBe(true);
});
