import { expect, test } from 'vitest';
import { filesAtFirst, isImportedBy, type ChunkFacts } from '../../../cli/bundling/shell-files';

const chunk = (modules: string[], facts: Partial<ChunkFacts> = {}): ChunkFacts => ({
  ...{ facade: null, imports: [], late: [], styles: [], modules: modules.map((m) => `/app/${m}`) },
  ...facts,
});

const CHUNKS = new Map([
  ['index.js', chunk(['src/main.ts'], { facade: '/app/index.html', imports: ['start.js'] })],
  ['start.js', chunk(['src/App.ts'], { late: ['view.js', 'load.js'], styles: ['start.css'] })],
  ['view.js', chunk(['src/View.ts'], { imports: ['chart.js'], styles: ['view.css'] })],
  ['load.js', chunk(['src/load.ts'], { imports: ['tensors.js'] })],
  ['tensors.js', chunk(['src/tensors.ts'])],
  ['chart.js', chunk(['src/chart.ts'])],
  ['other-load.js', chunk(['src/load.ts'])],
]);

test('entries, what they import and what is named of the late parts belong to the first visit', () => {
  const found = filesAtFirst(CHUNKS, { entries: ['index.html'], late: ['src/load.ts'] });
  expect([...found].sort()).toEqual(['index.js', 'load.js', 'start.css', 'start.js', 'tensors.js']);
});

test('a source that no file of the first visit holds is an error', () => {
  expect(() => filesAtFirst(CHUNKS, { entries: ['index.html'], late: ['src/gone.ts'] })).toThrow(
    /src\/gone\.ts: named as part of the first visit/,
  );
  expect(() => filesAtFirst(CHUNKS, { entries: ['none.html'], late: [] })).toThrow(/none\.html/);
});

test('a module is imported by an entry by way of others, circles included', () => {
  const importers: Record<string, string[]> = {
    '/a/errors.ts': ['/a/store.ts', '/a/view.ts'],
    '/a/store.ts': ['/a/errors.ts', '/a/src/main.ts'],
    '/a/view.ts': [],
  };
  const importersOf = (module: string) => importers[module] ?? [];
  expect(isImportedBy('src/main.ts', '/a/errors.ts', importersOf)).toBe(true);
  expect(isImportedBy('src/main.ts', '/a/view.ts', importersOf)).toBe(false);
});
