import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeFailure } from '../end.js';
import { named } from '../named-errors.js';
import { receiveFiles } from '../save-files.js';

/** Between two looks at the folder, ms. A file counts once it has stayed the same for so long: it may still be written. */
const PAUSE_MS = 400;

/**
 * Makes the recipes of a folder, one after another in one open browser: NAME.json or NAME.recipe.json becomes the folder NAME
 * beside it. A folder that is there already is not made again; it is called NAME.part until it is whole. A recipe that fails
 * is named and passed over until its file changes. Ctrl-C ends after the running picture, a second one at once.
 *
 * @param {import('../app-browser.js').HeadlessApp} app
 * @param {import('./generate-options.js').GenerateOptions} options
 * @param {ReturnType<typeof import('../progress-printer.js').createProgressPrinter>} progress
 */
export async function watchRecipes(app, options, progress) {
  const { out: folder, once, backend, format, layout, unknownWordsOk } = options;
  /** @type {Map<string, string>} Recipes that failed, by how their files looked then. */
  const failed = new Map();
  let target = '';
  let files = 0;
  let stopped = false;
  await receiveFiles(
    app.page,
    () => target,
    () => {
      progress.end();
      files++;
    },
  );
  const stop = () => {
    if (stopped) process.exit(130);
    stopped = true;
    process.stderr.write('Ending after the running picture; Ctrl-C again ends at once.\n');
    void app.page.evaluate(() => /** @type {any} */ (window).phantoscope.stop()).catch(() => {});
  };
  process.on('SIGINT', stop);

  try {
    /** @type {Map<string, string>} How the files looked before the last pause. */
    let seen = new Map();
    while (!stopped) {
      const names = waiting(folder, failed);
      if (names.length === 0 && once) break;
      const settled = names.filter(
        (name) => isOld(join(folder, name)) || seen.get(name) === lookOf(folder, name),
      );
      for (const name of settled) {
        if (stopped) break;
        await makeOne(name);
      }
      if (settled.length > 0) continue;
      seen = looksOf(folder);
      await sleep(PAUSE_MS);
    }
  } finally {
    process.off('SIGINT', stop);
  }
  if (once && failed.size > 0) {
    const names = [...failed.keys()].join(', ');
    throw named(
      'RequestInvalid',
      `${failed.size} of the recipes could not be made: ${names}. See above why.`,
    );
  }

  /** @param {string} name */
  async function makeOne(name) {
    const [recipe, look, start] = [join(folder, name), lookOf(folder, name), performance.now()];
    const whole = setOf(folder, name);
    target = `${whole}.part`;
    files = 0;
    rmSync(target, { recursive: true, force: true });
    process.stderr.write(`${name} …\n`);
    try {
      const text = readFileSync(recipe, 'utf8');
      const how = { format, layout, unknownWordsOk };
      await app.call('makeRecipe', [text, backend, how], progress.show);
      renameSync(target, whole);
      const seconds = Number(((performance.now() - start) / 1000).toFixed(2));
      say({ recipe, out: whole, files, seconds });
    } catch (error) {
      progress.end();
      const { name: kind, message } = /** @type {Error} */ (error);
      if (stopped && kind === 'AbortError') return say({ recipe, stopped: true, files });
      failed.set(name, look);
      process.stderr.write(`${name}: ${describeFailure(/** @type {Error} */ (error)).text}\n`);
      say({ recipe, error: { name: kind, message } });
    }
  }
}

/** @param {object} line */
function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/**
 * Names of the recipes that have no data set yet, in the order of their letters.
 *
 * @param {string} folder
 * @param {Map<string, string>} failed
 */
function waiting(folder, failed) {
  return readdirSync(folder)
    .filter((name) => /^[^.].*\.json$/i.test(name) && !existsSync(setOf(folder, name)))
    .filter((name) => failed.get(name) !== lookOf(folder, name))
    .sort();
}

/** @param {string} folder */
function looksOf(folder) {
  return new Map(readdirSync(folder).map((name) => [name, lookOf(folder, name)]));
}

/**
 * Whether nobody has written to a file for as long as two looks lie apart.
 *
 * @param {string} file
 */
function isOld(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > PAUSE_MS;
}

/**
 * Size and time of a file, or nothing where it is gone.
 *
 * @param {string} folder
 * @param {string} name
 */
function lookOf(folder, name) {
  const found = statSync(join(folder, name), { throwIfNoEntry: false });
  return found ? `${found.size} ${found.mtimeMs}` : '';
}

/**
 * @param {string} folder
 * @param {string} name
 */
function setOf(folder, name) {
  return join(folder, basename(name).replace(/(\.recipe)?\.json$/i, ''));
}
