import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ModelManifest } from '../../src/models/manifest/manifest';
import { validateManifest } from '../../src/models/manifest/validate-manifest';

const ROOT = resolve(import.meta.dirname, '../..');
const CHANGES = join(ROOT, 'tests/fixtures/changes');

let copy: string;
beforeEach(() => (copy = mkdtempSync(join(tmpdir(), 'phantoscope-change-'))));
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** Applies a patch to a copy of the files that it names; returns their paths. */
function apply(name: string): string[] {
  const patch = join(CHANGES, `${name}.patch`);
  const paths = [...readFileSync(patch, 'utf8').matchAll(/^\+\+\+ b\/(.+)$/gm)].map(
    ([, path]) => path,
  );
  for (const path of paths) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    if (existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(copy, path));
  }
  // GIT_DIR: a copy below a checkout would count as its folder, and git leaves out what lies outside.
  execFileSync('git', ['apply', patch], { cwd: copy, env: { ...process.env, GIT_DIR: copy } });
  return paths;
}

const changed = (path: string) => readFileSync(join(copy, path), 'utf8');

const manifest = () =>
  validateManifest(JSON.parse(changed('model-manifest.json')) as ModelManifest);

/** What shows that the change is there. */
const FOUND: Record<string, () => boolean> = {
  scheduler: () =>
    changed('src/models/manifest/scheduler-names.ts').includes("heun: 'Heun'") &&
    changed('src/diffusion/schedulers/heun.ts').includes('export default function'),
  'export-format': () =>
    'raw' in (JSON.parse(changed('src/dataset/formats/titles.json')) as object) &&
    changed('src/dataset/formats/raw.ts').includes('export default'),
  metric: () =>
    'mean-distance' in
      (JSON.parse(changed('src/evaluation/metrics/figures/titles.json')) as object) &&
    changed('src/evaluation/metrics/figures/mean-distance.ts').includes('export default'),
  layout: () =>
    'flat' in (JSON.parse(changed('src/dataset/layouts/titles.json')) as object) &&
    changed('src/dataset/layouts/flat.ts').includes('export default'),
  // The order is that of the numbers which the graph takes.
  covariate: () => manifest().models[0].conditions.covariates.at(-1)?.name === 'bmi',
  'default-steps': () => manifest().models[0].defaults.numInferenceSteps === 8,
  shortcut: () =>
    changed('src/browser/shortcuts.ts').includes("{ key: 'g',") &&
    changed('src/browser/texts.ts').includes('newestPicture:'),
  language: () =>
    changed('src/languages/languages.ts').includes("import('./nl')") &&
    changed('src/languages/nl.ts').includes('export default'),
  'content-security-policy': () =>
    changed('workers/shell/response-headers.json').includes('https://images.example'),
  'shard-retry': () => changed('src/models/download/fetch-shard.ts').includes('TRIES = 8'),
  'preview-size': () => changed('training/export/preview.py').includes('patch=8'),
};

test('each patch is known by name', () => {
  const names = readdirSync(CHANGES).map((file) => file.replace('.patch', ''));
  expect(names.sort()).toEqual(Object.keys(FOUND).sort());
});

test.each(Object.keys(FOUND))(
  '%s: two files at most, and the README leads to them',
  (name) => {
    const paths = apply(name);

    expect(paths.length).toBeLessThanOrEqual(2);
    expect(FOUND[name]()).toBe(true);
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const path of paths) {
      expect(readme).toContain(existsSync(join(ROOT, path)) ? path : `${dirname(path)}/`);
    }
  },
  30_000,
);
