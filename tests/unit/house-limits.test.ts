import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const MOST_LINES = 300;

/** Paths of the repository. */
const listed = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n');
const files = listed.filter((path) => existsSync(join(ROOT, path)));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Code and tests; not what is written by a script, and not what tests read. */
const isSource = (path: string) =>
  /^(src|workers|cli|bench|tests|training|batch)\/.*\.(ts|js|svelte|py)$/.test(path) &&
  !path.startsWith('tests/fixtures/');

test('no source file and no test is longer than one can read at a sitting', () => {
  const sources = files.filter(isSource);
  const long = sources.filter((path) => read(path).trimEnd().split('\n').length > MOST_LINES);

  expect(sources.length).toBeGreaterThan(1000);
  expect(long, 'split these by subject').toEqual([]);
});

test('the entry of a worker wires, and the work is done in src/', () => {
  const entries = files.filter((path) => /^workers\/[^/]+\.ts$/.test(path));

  expect(entries.length).toBeGreaterThan(5);
  expect(entries.filter((path) => read(path).trimEnd().split('\n').length > 60)).toEqual([]);
});

/** Trees whose folders are held to the limit. */
const TREES = ['src', 'workers', 'cli', 'training', 'batch', 'bench', 'docs', 'tests'];
const MOST_FILES = 25;

/** Files that readers are tried on: nobody looks them over one by one. */
const isSample = (file: string) => /^tests\/fixtures\/(cases|formats)\//.test(file);

test('no folder has more files of its own than one can look over', () => {
  const counts = new Map<string, number>();
  for (const path of files.filter(
    (file) => TREES.includes(file.split('/')[0]) && !isSample(file),
  )) {
    counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  const full = [...counts].filter(([, count]) => count > MOST_FILES);

  expect(new Set([...counts.keys()].map((folder) => folder.split('/')[0]))).toEqual(new Set(TREES));
  expect(full, 'group these files by subject').toEqual([]);
});

test('every Python script that is named anywhere exists', () => {
  const telling = files.filter(
    (path) => /\.(md|ts|js|svelte|py)$/.test(path) && !path.startsWith('tests/fixtures/changes'),
  );
  const named = telling.flatMap((path) => {
    const text = read(path);
    const scripts = [...text.matchAll(/\b(?:training|batch)\/[\w/]+\.py\b/g)].map(
      ([script]) => script,
    );
    const modules = [...text.matchAll(/-m (training(?:\.\w+)+)/g)].map(
      ([, name]) => `${name.replaceAll('.', '/')}.py`,
    );
    const placeholder = (script: string) => /[A-Z]{4,}/.test(script); // FOLDER.NAME
    return [...scripts, ...modules]
      .filter((one) => !placeholder(one))
      .map((script) => ({ path, script }));
  });

  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ script }) => !existsSync(join(ROOT, script)))).toEqual([]);
});

test('every link from page to page leads to a file', () => {
  const pages = files.filter((path) =>
    /^(README\.md|docs\/.*\.md|training\/README\.md)$/.test(path),
  );
  const links = pages.flatMap((path) => {
    const targets = [...read(path).matchAll(/\]\(([^)\s#]+)(#[^)\s]*)?\)/g)].map(
      ([, target]) => target,
    );
    return targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ path, file: join(dirname(path), target) }));
  });

  expect(links.length).toBeGreaterThan(30);
  expect(links.filter(({ file }) => !existsSync(join(ROOT, file)))).toEqual([]);
});
