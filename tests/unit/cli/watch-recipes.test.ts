import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HeadlessApp } from '../../../cli/app-browser.js';
import { parseOptions } from '../../../cli/generate/generate-options.js';
import { watchRecipes } from '../../../cli/generate/watch-recipes.js';

let folder: string;
let lines: Record<string, unknown>[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phantoscope-watch-'));
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Record<string, unknown>);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** An app whose recipes are the names of their files; "bad" is refused, "slow" waits to be stopped. */
function fakeApp() {
  let save: (path: string, base64: string) => void;
  let stop = () => {};
  const made: string[] = [];
  const app = {
    page: {
      exposeFunction: (_name: string, given: typeof save) => ((save = given), Promise.resolve()),
      evaluate: () => (stop(), Promise.resolve()),
    },
    async call(_name: string, [text]: [string]) {
      if (text === 'bad') throw Object.assign(new Error('No rows.'), { name: 'RequestInvalid' });
      made.push(text);
      save('images/a.png', 'AAAA');
      if (text !== 'slow') return save('labels.csv', 'AAAA');
      await new Promise<void>((resolve) => (stop = resolve));
      throw Object.assign(new Error('stopped'), { name: 'AbortError' });
    },
  };
  return { app: app as unknown as HeadlessApp, made };
}

const progress = { show: () => {}, end: () => {} };
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

test('recipes are made beside themselves in turn; a bad one is named and passed over', async () => {
  put('a.json', 'first');
  put('b.recipe.json', 'bad');
  put('c.recipe.json', 'third');
  put('notes.txt', 'no recipe');
  mkdirSync(join(folder, 'a.part'));
  const { app, made } = fakeApp();
  const watching = watchRecipes(app, parseOptions(['--watch', folder, '--once']), progress);
  await expect(watching).rejects.toMatchObject({
    name: 'RequestInvalid',
    message: '1 of the recipes could not be made: b.recipe.json. See above why.',
  });

  expect(made).toEqual(['first', 'third']);
  expect(readdirSync(join(folder, 'a')).sort()).toEqual(['images', 'labels.csv']);
  expect(existsSync(join(folder, 'c/labels.csv'))).toBe(true);
  expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false);
  expect(lines).toMatchObject([
    { out: join(folder, 'a'), files: 2 },
    { error: { name: 'RequestInvalid', message: 'No rows.' } },
    { out: join(folder, 'c'), files: 2 },
  ]);
});

test('a recipe that nobody has written to for a while is made at once, a fresh one after a pause', async () => {
  put('a.json', 'fresh');
  put('b.json', 'old');
  const past = new Date(Date.now() - 60_000);
  utimesSync(join(folder, 'b.json'), past, past);
  const { app, made } = fakeApp();
  await watchRecipes(app, parseOptions(['--watch', folder, '--once']), progress);

  expect(made).toEqual(['old', 'fresh']);
});

test('a set that is there is not made again; Ctrl-C ends after the running picture', async () => {
  mkdirSync(join(folder, 'done'));
  put('done.json', 'old');
  put('long.json', 'slow');
  put('never.json', 'after');
  const { app, made } = fakeApp();
  const watching = watchRecipes(app, parseOptions(['--watch', folder]), progress);
  await vi.waitFor(() => expect(made).toEqual(['slow']), 10_000);
  process.emit('SIGINT');
  await watching;

  expect(made).toEqual(['slow']);
  expect(lines).toEqual([{ recipe: join(folder, 'long.json'), stopped: true, files: 1 }]);
  expect(existsSync(join(folder, 'long'))).toBe(false);
});
