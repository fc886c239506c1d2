import { expect, test } from 'vitest';
import type { CopyReport } from '../../../src/evaluation/report/report';
import {
  captionCounts,
  heldOutFigures,
  promptsOf,
  withoutReal,
} from '../../../src/finetune/tuned-result';
import { DEFAULT_SETTINGS } from '../../../src/finetune/run';
import { forgotRows } from '../../../src/views/finetune/results/describe-result';
import type { ShownResult } from '../../../src/views/finetune/results/tuned-results.svelte';

const items = ['knee', 'hip', 'knee', 'zq1 knee'].map((caption, i) => {
  return { name: `${i}.png`, caption, covariates: {} };
});

test('captions are counted, the most frequent first, and prompts have the word that was learned', () => {
  const captions = captionCounts({ items });
  expect(captions).toEqual([
    { caption: 'knee', count: 2 },
    { caption: 'hip', count: 1 },
    { caption: 'zq1 knee', count: 1 },
  ]);
  const model = { facts: { title: 'Knees', rank: 1, word: 'zq1' } };
  expect(promptsOf(model, { captions }).map(({ prompt }) => prompt)).toEqual([
    'zq1, knee',
    'zq1, hip',
    'zq1 knee',
  ]);
  expect(promptsOf(model, null)).toEqual([]); // imported: nobody knows
});

test('the first, the smallest and the last held-out loss are found among steps that measured none', () => {
  const history = [0.5, undefined, 0.2, 0.3].map((heldOutLoss, i) => ({
    ...{ step: i + 1, loss: 1 },
    ...(heldOutLoss === undefined ? {} : { heldOutLoss }),
  }));
  const found = heldOutFigures(history)!;
  expect([found.first, found.best, found.last].map(({ step }) => step)).toEqual([1, 3, 4]);
  expect(heldOutFigures([{ step: 1, loss: 1 }])).toBeNull();
});

test('what was forgotten is a rise of the loss, and nothing where none was measured', () => {
  const model = {} as ShownResult['model'];
  const verdictOf = (lossAfter: number | null) => {
    const forgotten = lossAfter && { lossBefore: 0.2, lossAfter, pictures: [] };
    const result = { settings: DEFAULT_SETTINGS, forgotten } as unknown as ShownResult['result'];
    return forgotRows({ model, result });
  };
  expect(verdictOf(0.25).verdict).toContain('the loss rose by 25 %');
  expect(verdictOf(0.25).rows.map(([, words]) => words)).toEqual(['0.2000', '0.2500']);
  expect(verdictOf(0.19).verdict).toContain('did not rise');
  expect(verdictOf(null)).toEqual({
    rows: [],
    verdict: 'What it forgot was not measured in that run.',
  });
});

test('pairs for a disk that others may read hold neither an image trained on nor its name', () => {
  const copies = {
    ...{ count: 0, suspects: ['sample 1'] },
    pairs: [{ synthetic: 'sample 1', real: 'Jane Doe.png', distance: 0.1, copy: false }],
  } as unknown as CopyReport;
  const kept = withoutReal({
    copies,
    pictures: [
      ['synthetic/sample 1', 'data:a'],
      ['real/Jane Doe.png', 'data:b'],
    ],
  });
  expect(JSON.stringify(kept)).not.toContain('Jane Doe');
  expect(kept.pictures).toEqual([['synthetic/sample 1', 'data:a']]);
  expect(kept.copies.pairs[0]).toMatchObject({ synthetic: 'sample 1', distance: 0.1 });
});
