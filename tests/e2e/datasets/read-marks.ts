import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const MODULES = ['-c', 'import pydicom, nibabel, PIL'];
const PYTHON = [join(ROOT, '.venv/bin/python'), 'python3'].find(
  (program) =>
    (program === 'python3' || existsSync(program)) && spawnSync(program, MODULES).status === 0,
);

/** What Pillow, pydicom and nibabel find in the files of a folder, by name; null: they are not on this machine. */
export function readMarks(folder: string): Record<string, Record<string, unknown>> | null {
  if (!PYTHON) return null;
  const script = join(ROOT, 'tests/fixtures/read_marks.py');
  const json = execFileSync(PYTHON, [script, folder], { encoding: 'utf8' });
  return JSON.parse(json) as Record<string, Record<string, unknown>>;
}
