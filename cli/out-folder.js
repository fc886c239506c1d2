import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { invalid } from './named-errors.js';

/**
 * Makes the folder and its parents, and proves that a file can be written there. Throws `RequestInvalid` that names the
 * first path that cannot be made.
 *
 * @param {string} out
 */
export function makeOutFolder(out) {
  const folder = resolve(out);
  for (const path of missingFolders(folder)) {
    attempt(() => mkdirSync(path), `--out ${out}: the folder ${path} cannot be made`);
  }
  const probe = join(folder, `.phantoscope-${process.pid}`);
  attempt(() => writeFileSync(probe, ''), `--out ${out}: no file can be written to ${folder}`);
  rmSync(probe);
}

/**
 * What has to be made, parents first. One by one, because Node's recursive mkdir never ends in some places (/proc).
 *
 * @param {string} folder
 * @returns {string[]}
 */
function missingFolders(folder) {
  const found = statOrNothing(folder);
  if (found?.isDirectory()) return [];
  if (found) {
    throw invalid(`--out expects a folder, got the file ${folder}. Name another one: --out DIR`);
  }
  return folder === dirname(folder) ? [] : [...missingFolders(dirname(folder)), folder];
}

/** @param {string} path */
function statOrNothing(path) {
  try {
    return statSync(path);
  } catch {
    return undefined; // not there, or below a file: the parents tell
  }
}

/**
 * @param {() => void} work
 * @param {string} what
 */
function attempt(work, what) {
  try {
    work();
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    throw invalid(`${what} (${code ?? message}). Name a folder that you may write to: --out DIR`);
  }
}
