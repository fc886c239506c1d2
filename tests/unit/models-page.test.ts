import { existsSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { importsOf } from './import-rules';

const root = resolve(import.meta.dirname, '../..');

/** Folders that hold or read prompts, images and what protects them. */
const PRIVATE = ['gallery', 'crypto', 'dataset', 'evaluation', 'finetune', 'diffusion', 'image'];

/** Every source file that runs once `entry` does, workers started by URL included. */
function reachedFrom(entry: string, reached = new Set<string>()): Set<string> {
  if (reached.has(entry)) return reached;
  reached.add(entry);
  const text = readFileSync(resolve(root, entry), 'utf8');
  const specifiers = importsOf(entry, text)
    .filter(({ typeOnly }) => !typeOnly)
    .map(({ specifier }) => specifier.replace(/\?.*$/, ''))
    .filter((specifier) => specifier.startsWith('.') && !/\.(css|json)$/.test(specifier));
  for (const specifier of specifiers) {
    const path = posix.join(posix.dirname(entry), specifier);
    const file = [path, `${path}.ts`, `${path}.js`].find(
      (name) => /\.\w+$/.test(name) && existsSync(resolve(root, name)),
    );
    if (!file) throw new Error(`${entry} imports ${specifier}, which is no file`);
    reachedFrom(file, reached);
  }
  return reached;
}

test.each(['src/shell/models-page.ts', 'workers/remote-download.worker.ts'])(
  '%s, which may reach other hosts, runs no code that knows prompts or images',
  (entry) => {
    const reached = [...reachedFrom(entry)];

    expect(reached.length).toBeGreaterThan(5);
    const found = reached.filter((path) =>
      PRIVATE.some((folder) => path.startsWith(`src/${folder}/`)),
    );
    expect(found).toEqual([]);
  },
);

test('only models.html starts the worker that may reach other hosts', () => {
  const starters = [...reachedFrom('src/main.ts'), ...reachedFrom('src/cli/entry.ts')].filter(
    (path) => readFileSync(resolve(root, path), 'utf8').includes('remote-download'),
  );

  expect(starters).toEqual([]);
  expect(readFileSync(resolve(root, 'src/shell/models-page.ts'), 'utf8')).toContain(
    'remote-download',
  );
});

test('the studio does reach the gallery, so that the search above can find it', () => {
  expect([...reachedFrom('src/main.ts')].some((path) => path.startsWith('src/gallery/'))).toBe(
    true,
  );
});
