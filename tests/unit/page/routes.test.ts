import { describe, expect, test } from 'vitest';
import {
  HOME,
  formatRoute,
  isAnotherPlace,
  parseRoute,
  type Route,
} from '../../../src/shell/routes';

const ROUTES: [string, Route][] = [
  ['', HOME],
  ['#/picture/3f-2', { view: 'studio', pictureId: '3f-2' }],
  ['#/datasets', { view: 'datasets', open: { what: 'list' } }],
  ['#/datasets/new', { view: 'datasets', open: { what: 'recipe', projectId: '' } }],
  ['#/datasets/a1', { view: 'datasets', open: { what: 'set', id: 'a1', reviewing: false } }],
  ['#/datasets/a1/review', { view: 'datasets', open: { what: 'set', id: 'a1', reviewing: true } }],
  ['#/gallery', { view: 'datasets', open: { what: 'gallery', reviewing: false } }],
  ['#/gallery/review', { view: 'datasets', open: { what: 'gallery', reviewing: true } }],
  ['#/datasets/new/p1', { view: 'datasets', open: { what: 'recipe', projectId: 'p1' } }],
  ['#/projects', { view: 'projects', projectId: null }],
  ['#/projects/a%2Fb', { view: 'projects', projectId: 'a/b' }],
  ['#/evaluate', { view: 'evaluate', evaluationId: null }],
  ['#/evaluate/a%2Fb', { view: 'evaluate', evaluationId: 'a/b' }],
  ['#/finetune', { view: 'finetune', tunedId: null }],
  ['#/help/README', { view: 'help', page: 'README', heading: null }],
  ['#/help/studio/data-sets', { view: 'help', page: 'studio', heading: 'data-sets' }],
  ['#/finetune/a%20b', { view: 'finetune', tunedId: 'a b' }],
];

describe('a place and its address', () => {
  test.each(ROUTES)('%s', (address, route) => {
    expect(parseRoute(address)).toEqual(route);
    expect(formatRoute(route)).toBe(address);
  });
});

test.each(['#', '#/', '#/nowhere/at/all', '#datasets-of-old', '#/picture/'])(
  '%s names no place, and is home',
  (address) => expect(parseRoute(address)).toEqual(HOME),
);

test('the help without a page begins at its list', () => {
  expect(parseRoute('#/help')).toEqual({ view: 'help', page: 'README', heading: null });
});

test('ids with slashes and broken escapes come through', () => {
  const route: Route = { view: 'studio', pictureId: 'a/b %?' };
  expect(parseRoute(formatRoute(route))).toEqual(route);
  expect(parseRoute('#/picture/%E0%A4%A')).toEqual({ view: 'studio', pictureId: '%E0%A4%A' });
});

test('Back leads from view to view and from data set to data set, not through every picture', () => {
  const [home, picture, list, , set] = ROUTES.map(([, route]) => route);
  expect(isAnotherPlace(home, picture)).toBe(false);
  expect(isAnotherPlace(picture, list)).toBe(true);
  expect(isAnotherPlace(list, set)).toBe(true);
  expect(isAnotherPlace(set, set)).toBe(false);
});
