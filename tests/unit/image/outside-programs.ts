import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Programs that have nothing to do with this app, where this machine has them. */
export const ROOT = resolve(import.meta.dirname, '../../..');

const own = join(ROOT, '.venv/bin/python');
/** The checkout's own Python, or the machine's. */
export const PYTHON = existsSync(own) ? own : 'python3';

/** Whether a program can be started at all. */
export function canStart(program: string, args: string[]): boolean {
  return spawnSync(program, args).error === undefined;
}

/** Whether Python has these modules. */
export function pythonHas(...modules: string[]): boolean {
  return spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`]).status === 0;
}

/** dicom3tools of Debian 12 is of 2022: its dictionary is older than Synthetic Data, which came to the standard in 2023. */
const NOT_YET_KNOWN =
  'Error - </(0008,001c)> - Attribute with an even group number is not a recognized standard attribute';

/** What dciodvfy calls an error in a file, and all that it says. */
export function dciodvfy(file: string): { errors: string[]; words: string } {
  const { stderr: words } = spawnSync('dciodvfy', ['-new', file], { encoding: 'utf8' });
  const errors = words.split('\n').filter((line) => line.startsWith('Error'));
  return { errors: errors.filter((line) => line !== NOT_YET_KNOWN), words };
}
