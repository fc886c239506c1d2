import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { invalid } from './named-errors.js';

/**
 * Throws `RequestInvalid` where a file's name does not end as files of its kind do: a swapped argument is found before
 * anything is started, and no file is written under a name that no program opens.
 *
 * @param {string} flag
 * @param {string | undefined} path  Absent: nothing to check.
 * @param {string[]} endings  With their dots.
 */
export function requireEnding(flag, path, endings) {
  if (path === undefined || endings.some((ending) => path.toLowerCase().endsWith(ending))) return;
  throw invalid(
    `--${flag} expects a file that ends in ${endings.join(' or ')}, got "${path}". Name one of that kind.`,
  );
}

/** What files end in that somebody would name in place of a folder. */
const FILES = /\.(png|jpe?g|webp|dcm|nii|gz|zip|json|csv|html|safetensors)$/i;

/**
 * The same for a folder that reads like a file.
 *
 * @param {string} flag
 * @param {string | undefined} path
 */
export function requireFolderName(flag, path) {
  if (path === undefined || !FILES.test(path)) return;
  throw invalid(
    `--${flag} expects a folder, got "${path}", which reads like a file. Name a folder: --${flag} DIR`,
  );
}

/**
 * All files of a folder, with slashes, below it.
 *
 * @param {string | undefined} folder
 * @returns {string[]}
 */
export function filesBelow(folder) {
  if (folder === undefined) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile())
    .map((path) => path.replaceAll('\\', '/'));
}

/**
 * Images to learn from, and where the app finds them. Names begin with the folder's own, as in the page: what lies between
 * it and the file is the label. The mount's prefix is not encoded, as the server compares it with decoded paths.
 *
 * @param {string} images
 * @returns {{ files: string[], mount: import('./static-server.js').Mount }}
 */
export function trainingFolder(images) {
  const folder = resolve(images);
  const name = basename(folder);
  const files = filesBelow(folder)
    .sort()
    .map((path) => `${name}/${path}`);
  return { files, mount: { prefix: `/images/train/${name}/`, folder } };
}
