import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readFlagFile } from '../flags.js';

/**
 * The files that a command line names, as text that can enter the browser; what is in them is for the app to judge.
 *
 * @param {import('./generate-options.js').GenerateOptions} options
 * @returns {import('../../src/cli/conditions.ts').CliSources}
 */
export function readSources(options) {
  const { init, frame, strength, edit, push, inpaint, feather, mask, lora, sourceUid } = options;
  return {
    ...(init && { init: readBase64('init', init) }),
    ...(frame !== undefined && { frame }),
    ...(inpaint && { inpaint: readBase64('inpaint', inpaint) }),
    ...(mask && { mask: readBase64('mask', mask) }),
    ...(lora && {
      loras: lora.map(({ file, strength: much }) => ({
        file: readBase64('lora', file),
        name: basename(file),
        strength: much,
      })),
    }),
    ...(sourceUid && { nameSource: true }),
    ...(strength !== undefined && { strength }),
    ...(edit !== undefined && { edit }),
    ...(push !== undefined && { push }),
    ...(feather !== undefined && { featherPx: feather }),
  };
}

/**
 * A recipe's JSON text; its modelId decides the model.
 *
 * @param {string} path
 */
export function readRecipeText(path) {
  return readFlagFile('recipe', path).toString('utf8');
}

/**
 * Lets the app read files of a folder by their names, one at a time; null where there is none of that name.
 *
 * @param {import('@playwright/test').Page} page
 * @param {string} folder
 */
export async function offerSources(page, folder) {
  await page.exposeFunction('readSource', (/** @type {string} */ name) => {
    const file = join(folder, basename(name));
    return existsSync(file) ? readFileSync(file).toString('base64') : null;
  });
}

/**
 * @param {string} flag
 * @param {string} path
 */
function readBase64(flag, path) {
  return readFlagFile(flag, path).toString('base64');
}
