import { expect, test } from 'vitest';
import type { Recipe } from '../../../src/dataset/recipe';
import type { EvaluationReport } from '../../../src/evaluation/report/report';
import { newProject, type Project } from '../../../src/project/project';
import {
  formatProjectFile,
  parseProjectFile,
  readProjectFile,
} from '../../../src/project/project-file';

const RECIPE: Recipe = {
  ...{ version: 1, title: 'Chests', modelId: 'tiny', seed: 7, numInferenceSteps: 2 },
  ...{ guidanceScale: 1, scheduler: 'flow-match-euler' },
  rows: [{ count: 6, prompt: 'frontal chest x-ray', words: {}, covariates: {} }],
};

/** All six steps done, against images of a folder that is called like a patient. */
const PROJECT: Project = {
  ...newProject('Effusions', 'p1', new Date('2026-11-28T10:00:00Z')),
  real: { setId: 'r1', title: 'Mrs Example, left', count: 9 },
  recipe: RECIPE,
  made: { setId: 's1', recipe: RECIPE, total: 6, numDone: 6, numFailed: 0, finished: true },
  review: { setId: 's1', kept: 5, rejected: 1, discarded: 0, open: 0 },
  evaluation: {
    ...{ setId: 's1', evaluationId: 'e1', at: new Date('2026-11-28T11:00:00Z') },
    ...{ numSynthetic: 6, numReal: 9, verdict: ['There are too few images to say.'] },
  },
  exported: {
    ...{ setId: 's1', at: new Date('2026-11-28T12:00:00Z') },
    ...{ format: 'png', layout: 'plain', numImages: 5 },
  },
};

const pair = (synthetic: string, real: string) => ({ synthetic, real, distance: 0.1, copy: false });

const REPORT = {
  ...{ version: 1, createdAt: '2026-11-28T11:00:00.000Z', seed: 0, networks: [] },
  ...{ samples: { real: 9, synthetic: 6, holdout: 0 }, kid: null, fid: null, density: null },
  ...{ coverage: null, msSsim: { synthetic: null, real: null }, fidelity: {} },
  copies: {
    ...{ rate: 0, low: 0, high: 0.4, count: 0, numSynthetic: 6, numReal: 9, threshold: 0.2 },
    ...{ holdoutRate: 0, numHoldout: 0, limit: 0, aboveLimit: null, suspects: [] },
    features: { rate: 0, holdoutRate: 0, threshold: 0 },
    histogram: { synthetic: [], holdout: [] },
    pairs: [pair('image-1', 'mrs-example.png'), pair('image-2', 'mrs-example.png')],
  },
  ...{ membership: null, usefulness: null, usefulnessRefusal: null },
  warnings: ['No synthetic images have the label "mrs-example".', 'Sizes differ.'],
  skipped: [{ set: 'real', name: 'mrs-example.dcm', message: 'mrs-example.dcm is cut.' }],
  ...{ seconds: 1, secondsByStage: {} },
} satisfies EvaluationReport as EvaluationReport;

const saved = () => formatProjectFile({ project: PROJECT, report: REPORT }, '1.0.0');

test('a project comes back from its file with all results, and without what real images are called', () => {
  const text = saved();
  const { project, report } = parseProjectFile(text);

  expect(text).not.toMatch(/mrs.example/i);
  expect(text).toContain('It holds no image');
  expect(project).toEqual({
    ...PROJECT,
    real: { ...PROJECT.real, title: '' },
    evaluation: { ...PROJECT.evaluation, evaluationId: '' },
  });
  expect(report?.copies?.pairs.map(({ real }) => real)).toEqual(['real image 1', 'real image 1']);
  expect(report?.warnings).toEqual(['Sizes differ.']);
  expect(report?.skipped).toEqual([
    { set: 'real', name: 'a real image', message: 'It could not be read.' },
  ]);
});

test('a project of which nothing is done comes back, too', () => {
  const project = newProject('Empty', 'p2', new Date('2026-11-28T10:00:00Z'));
  expect(parseProjectFile(formatProjectFile({ project, report: null }, '1.0.0'))).toEqual({
    project,
    report: null,
  });
});

const changed = (change: (file: Record<string, never>) => void) => {
  const file = JSON.parse(saved()) as Record<string, never>;
  change(file);
  return JSON.stringify(file);
};
const set = (path: string, value: unknown) =>
  changed((file) => {
    const parts = path.split('.');
    const last = parts.pop()!;
    const at = parts.reduce((one, part) => one[part], file) as Record<string, unknown>;
    at[last] = value;
  });

test.each([
  ['text', 'not JSON', /^This is no project \(expected JSON/],
  ['another kind of JSON', '{"rows":[]}', /^This is no project \(expected "format"/],
  ['null', 'null', /^This is no project/],
  ['a newer version', set('version', 2), /another version \(expected 1, got 2\)\. Update/],
  ['a file that is cut', saved().slice(0, 900), /damaged: the file/],
  ['a recipe that is none', set('project.recipe.rows', 3), /damaged: recipe/],
  ['a count that is no number', set('project.made.total', '6'), /damaged: made\.total/],
  ['a time that is none', set('project.createdAt', 'soon'), /damaged: project\.createdAt/],
  ['a verdict that is no list', set('project.evaluation.verdict', 'good'), /damaged: evaluation/],
  ['a report without figures', set('report', {}), /damaged: report/],
  ['a report of another version', set('report.version', 2), /damaged: report/],
])('%s is refused by name', (_, text, message) => {
  let error: Error | null = null;
  try {
    parseProjectFile(text);
  } catch (thrown) {
    error = thrown as Error;
  }
  expect(error?.name).toBe('ProjectRefused');
  expect(error?.message).toMatch(message);
});

test('a file that is too large is refused before it is read', async () => {
  const file = { size: 17 * 2 ** 20, text: () => Promise.reject(new Error('read')) };
  await expect(readProjectFile(file as unknown as Blob)).rejects.toMatchObject({
    name: 'ProjectRefused',
    message: expect.stringMatching(/too large.*at most 16 MB, got 17 MB/) as string,
  });
});

test('what a file holds beyond a project is left behind', () => {
  const { project } = parseProjectFile(set('project.unknown', { more: true }));
  expect(project).not.toHaveProperty('unknown');
});
