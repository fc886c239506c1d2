import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { aucWithInterval } from '../../../src/evaluation/metrics/auc';
import { membership, type OpenDenoiser } from '../../../src/evaluation/metrics/membership';
import type { EvaluationImage } from '../../../src/evaluation/report/report';

/** By training/goldens/make_metric_goldens.py. */
const { delong: GOLDEN } = JSON.parse(readFileSync('tests/fixtures/metrics.json', 'utf8')) as {
  delong: { members: number[]; others: number[]; auc: number; standardError: number };
};

test('the AUC equals that of scikit-learn, its interval that of DeLong over all pairs, ties included', () => {
  const { value, low, high } = aucWithInterval(GOLDEN.members, GOLDEN.others);
  expect(value).toBeCloseTo(GOLDEN.auc, 12);
  expect(value - low).toBeCloseTo(1.959964 * GOLDEN.standardError, 12);
  expect(high - value).toBeCloseTo(1.959964 * GOLDEN.standardError, 12);
});

test('the interval stays within 0 and 1', () => {
  expect(aucWithInterval([1, 2, 3], [1, 4, 5]).high).toBeLessThanOrEqual(1);
  expect(aucWithInterval([1, 2], [3, 4])).toEqual({ value: 1, low: 1, high: 1 });
});

const done = async () => undefined;

/** A file whose text is a number: the loss at both levels, the second twice as high. */
const denoiser: OpenDenoiser = {
  ...{ model: { id: 'toy', title: 'Toy', sha256: 'ab' }, tuned: null, levels: [0.3, 0.7] },
  async losses(image) {
    const loss = Number(await image.text());
    if (Number.isNaN(loss)) throw Object.assign(new Error('no image'), { name: 'ImageUnreadable' });
    return Float64Array.of(loss, 2 * loss);
  },
};

function sources(members: string[], holdout: string[]) {
  const list = (texts: string[]): EvaluationImage[] =>
    texts.map((_, i) => ({ name: `${i}.png`, label: 'normal' }));
  const texts = { members, holdout, real: [], synthetic: [] };
  return {
    ...{ members: list(members), holdout: list(holdout), onProgress: done },
    read: async (set: keyof typeof texts, index: number) => new Blob([texts[set][index]]),
  };
}

const low = Array.from({ length: 12 }, (_, i) => String(0.1 + i / 100));
const high = Array.from({ length: 12 }, (_, i) => String(0.155 + i / 100));
const settings = { seed: 3, most: 100 };

test('images that the model predicts better than others betray that it was trained on them', async () => {
  const { report } = await membership(denoiser, sources(low, high), settings);
  const wins = low.flatMap((a) => high.filter((b) => Number(a) < Number(b))).length;
  expect(report.auc.value).toBeCloseTo(wins / 144, 12);
  expect(report.auc.low).toBeGreaterThan(0.5);
  expect(report.byLevel.map(({ level, auc }) => [level, auc.value])).toEqual([
    [0.3, report.auc.value],
    [0.7, report.auc.value],
  ]);
  expect(report.meanLoss.members).toBeCloseTo(1.5 * 0.155, 12);
  const same = await membership(denoiser, sources(low, low), settings);
  expect(same.report).toMatchObject({ auc: { value: 0.5 }, numShared: 12 });
});

test('a file that cannot be read is named and left out, and of too many images some are drawn', async () => {
  const asked = sources([...low, 'broken'], high);
  const { report, skipped } = await membership(denoiser, asked, settings);
  expect(skipped).toEqual([{ set: 'members', name: '12.png', message: 'no image' }]);
  expect(report).toMatchObject({ numMembers: 12, numHoldout: 12, numShared: 0 });
  const few = await membership(denoiser, sources(low, high), { seed: 3, most: 8 });
  expect(few.report).toMatchObject({ numMembers: 8, numHoldout: 8 });
});

test('too few images on a side are refused with what to do, and a failing model is no broken file', async () => {
  await expect(membership(denoiser, sources(low, high.slice(0, 7)), settings)).rejects.toThrow(
    /too few images that are held out \(expected at least 8 that can be read, got 7\)/,
  );
  const lost: OpenDenoiser = { ...denoiser, losses: () => Promise.reject(new Error('lost')) };
  await expect(membership(lost, sources(low, high), settings)).rejects.toThrow('lost');
});
