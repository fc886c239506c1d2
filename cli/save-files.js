import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { invalid } from './named-errors.js';

/** Of a data set that is being written: what it was asked for, as text. */
const UNFINISHED = '.unfinished';

/**
 * Refuses a folder that holds a data set already, or a part of another one: two of them in one folder would be none. Over
 * the part that an interrupted command has left the same command writes the same files.
 *
 * @param {string} folder
 * @param {string} asked  What decides the files: recipe, format and layout.
 */
export function refuseOldDataset(folder, asked) {
  if (existsSync(join(folder, 'labels.csv'))) {
    throw invalid(`--out ${folder} holds a data set already. Name another folder: --out DIR`);
  }
  const marker = join(folder, UNFINISHED);
  if (!existsSync(marker) || readFileSync(marker, 'utf8') === asked) return;
  throw invalid(
    `--out ${folder} holds a part of another data set, whose command was interrupted. Give that command again, empty the ` +
      'folder, or name another one: --out DIR',
  );
}

/**
 * Notes that files of a data set lie in the folder; the function that it returns takes the note away, once all are there.
 *
 * @param {string} folder
 * @param {string} asked  As for `refuseOldDataset`.
 */
export function beginDataset(folder, asked) {
  const marker = join(folder, UNFINISHED);
  writeFileSync(marker, asked);
  return () => rmSync(marker);
}

/**
 * Writes a file of a data set below the folder.
 *
 * @param {string} folder
 * @param {string} path with slashes
 * @param {string} base64
 * @returns {string} where it is
 */
export function saveDatasetFile(folder, path, base64) {
  const file = join(folder, ...path.split('/'));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.from(base64, 'base64'));
  return file;
}

/**
 * Lets the app write files below the folder, each told to `onFile` once it is there.
 *
 * @param {import('@playwright/test').Page} page
 * @param {() => string} folder  Asked at each file.
 * @param {(file: string) => void} onFile
 */
export async function receiveFiles(page, folder, onFile) {
  await page.exposeFunction(
    'saveFile',
    (/** @type {string} */ path, /** @type {string} */ base64) =>
      onFile(saveDatasetFile(folder(), path, base64)),
  );
}

/**
 * A name that says prompt, seed and index, and that no file has yet; without ending.
 *
 * @param {string} folder
 * @param {import('../src/contract/request.ts').GenerationRequest} request
 * @param {string} ending
 */
export function freeName(folder, { prompt, seed, imageIndex }, ending) {
  // Letters of every script: prompts in one that is not Latin would all have one name.
  const words = prompt
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-');
  const short = Array.from(words).slice(0, 60).join('').replace(/^-|-$/g, '');
  const base = `${short || 'image'}_seed${seed}_${imageIndex}`;
  let name = base;
  for (let copy = 2; existsSync(join(folder, `${name}.${ending}`)); copy++)
    name = `${base}-${copy}`;
  return join(folder, name);
}
