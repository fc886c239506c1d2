import { expect, test } from 'vitest';
import type { Dataset, ImageFacts } from '../../../src/dataset/dataset-store';
import type { Recipe } from '../../../src/dataset/recipe';
import type {
  EvaluationFacts,
  KeptEvaluation,
} from '../../../src/evaluation/report/kept-evaluations';
import type { EvaluationReport } from '../../../src/evaluation/report/report';
import { newProject, type Project } from '../../../src/project/project';
import { nextStep, stepsOf, type Here } from '../../../src/views/projects/describe-project';
import { findResults } from '../../../src/views/projects/find-results';

const RECIPE: Recipe = {
  ...{ version: 1, title: 'Chests', modelId: 'tiny', seed: 7, numInferenceSteps: 2 },
  ...{ guidanceScale: 1, scheduler: 'flow-match-euler' },
  rows: [{ count: 4, prompt: 'chest x-ray', words: {}, covariates: {} }],
};
const HERE: Here = { real: 'visit', set: true, modelId: 'tiny' };
const NOT_BEGUN = newProject('Effusions', 'p1');
const MADE: Project = {
  ...NOT_BEGUN,
  real: { setId: 'r1', title: 'scans', count: 9 },
  recipe: RECIPE,
  made: { setId: 's1', recipe: RECIPE, total: 4, numDone: 4, numFailed: 0, finished: true },
};

const nextOf = (project: Project, here: Partial<Here> = {}) =>
  nextStep(stepsOf(project, { ...HERE, ...here }))?.id ?? null;
const stepOf = (project: Project, id: string, here: Partial<Here> = {}) =>
  stepsOf(project, { ...HERE, ...here }).find((step) => step.id === id)!;

test('the next step is the first that is not done', () => {
  const { real } = MADE;
  expect(nextOf(NOT_BEGUN)).toBe('real');
  expect(nextOf({ ...NOT_BEGUN, real })).toBe('recipe');
  expect(nextOf({ ...NOT_BEGUN, real, recipe: RECIPE })).toBe('make');
  expect(nextOf(MADE)).toBe('review');
  const review = { setId: 's1', kept: 4, rejected: 0, discarded: 0, open: 0 };
  expect(nextOf({ ...MADE, review })).toBe('compare');
});

test('real images that are gone are asked for again, unless the comparison is done', () => {
  expect(nextOf(MADE, { real: null })).toBe('real');
  expect(stepOf(MADE, 'real', { real: null }).notice).toMatch(/Choose them again/);
  const evaluation = {
    ...{ setId: 's1', evaluationId: 'e1', at: new Date(), numSynthetic: 4, numReal: 9 },
    verdict: ['So so.'],
  };
  expect(nextOf({ ...MADE, evaluation }, { real: null })).toBe('review');
  expect(stepOf({ ...MADE, evaluation }, 'compare').verdict).toEqual(['So so.']);
});

test('a recipe that was changed asks for making anew, and results of the pictures before say so', () => {
  const recipe = { ...RECIPE, seed: 8 };
  expect(stepOf({ ...MADE, recipe }, 'make')).toMatchObject({ done: false });
  expect(stepOf({ ...MADE, recipe }, 'make').notice).toMatch(/changed since/);
  expect(stepOf({ ...MADE, recipe: { ...RECIPE, title: 'Other' } }, 'make').done).toBe(true);
  const review = { setId: 's0', kept: 3, rejected: 1, discarded: 0, open: 0 };
  expect(stepOf({ ...MADE, review }, 'review')).toMatchObject({
    done: false,
    found: ['Of the pictures before: 3 kept, 1 rejected, 0 discarded'],
  });
});

test('a recipe for another model names that model', () => {
  expect(stepOf(MADE, 'recipe', { modelId: 'other' }).notice).toMatch(/model “tiny”/);
});

const SET = {
  ...{ id: 's1', total: 4, status: 'done', failed: [], recipe: RECIPE },
  exportedAt: new Date('2026-11-28T12:00:00Z'),
  exportedAs: { format: 'png', layout: 'monai', numImages: 3 },
} as unknown as Dataset;
const facts = (verdict: ImageFacts['verdict'], discarded = false) =>
  ({ verdict, discarded }) as ImageFacts;
const comparison = (id: string, synthetic: string, real: string) =>
  ({
    ...{ id, createdAt: new Date('2026-11-28T11:00:00Z'), setIds: { synthetic, real } },
    samples: { synthetic: 4, real: 9, holdout: 0 },
  }) as EvaluationFacts;
const REPORT = { kid: null, coverage: null, copies: null, usefulness: null };
const FOUND = {
  set: {
    set: SET,
    numDone: 4,
    facts: [facts('keep'), facts('reject'), facts(null), facts(null, true)],
  },
  evaluations: [
    comparison('e3', 's2', 'r1'),
    comparison('e2', 's1', 'r1'),
    comparison('e1', 's1', 'r0'),
  ],
  read: async () => ({ report: REPORT as EvaluationReport }) as KeptEvaluation,
};

test('what came of the steps is read from the data set and from the comparison with the project’s real images', async () => {
  const changes = await findResults(MADE, FOUND);

  expect(changes.review).toEqual({ setId: 's1', kept: 1, rejected: 1, discarded: 1, open: 1 });
  expect(changes.exported).toMatchObject({ layout: 'monai', numImages: 3 });
  expect(changes.evaluation).toMatchObject({ evaluationId: 'e2', numReal: 9 });
  expect(changes.evaluation?.verdict).toHaveLength(3);
  expect(changes).not.toHaveProperty('made'); // nothing of it is another
  expect(await findResults({ ...MADE, ...changes }, FOUND)).toEqual({});
});

test('what is known stays where the data set is gone', async () => {
  expect(await findResults(MADE, { ...FOUND, set: null, evaluations: [] })).toEqual({});
});

test('a recipe of pairs counts both images of each', () => {
  const row = { ...RECIPE.rows[0], pair: { sentence: 'older' } };
  const { found } = stepOf({ ...MADE, recipe: { ...RECIPE, rows: [row] } }, 'recipe');
  expect(found.join()).toMatch(/\b8 images/);
});
