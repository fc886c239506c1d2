/**
 * Makes images from a terminal: the built app's own workers in a headless Chromium.
 *
 *     npm run --silent generate -- "PROMPT" --out DIR
 *
 * All flags: --help, or generate/generate-usage.js.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildRequest } from './generate/build-request.js';
import { parseOptions } from './generate/generate-options.js';
import { USAGE } from './generate/generate-usage.js';
import { offerSources, readRecipeText, readSources } from './generate/read-sources.js';
import { invalid } from './named-errors.js';
import { makeOutFolder } from './out-folder.js';
import { describeGeneration } from './progress-printer.js';
import { printJson, runInApp } from './run-in-app.js';
import { beginDataset, freeName, receiveFiles, refuseOldDataset } from './save-files.js';

await runInApp({ usage: USAGE, plan });

/**
 * @param {string[]} args
 * @returns {import('./run-in-app.js').Plan}
 */
function plan(args) {
  const options = parseOptions(args);
  const sources = readSources(options);
  const recipe = options.recipe ? readRecipeText(options.recipe) : null;
  makeOutFolder(options.out);
  if (recipe !== null) refuseOldDataset(options.out, askedOf(recipe, options));
  return {
    mounts: options.models ? [{ prefix: '/', folder: resolve(options.models) }] : [],
    outlivesCtrlC: options.watch !== undefined,
    describe: describeGeneration,
    async work(app, progress) {
      if (options.watch !== undefined) {
        const { watchRecipes } = await import('./generate/watch-recipes.js');
        await watchRecipes(app, options, progress);
      } else if (recipe !== null) await makeDataset(app, recipe, options, progress);
      else await makeImages(app, sources, options, progress);
    },
  };
}

/**
 * @typedef {import('./app-browser.js').HeadlessApp} HeadlessApp
 * @typedef {import('./generate/generate-options.js').GenerateOptions} GenerateOptions
 * @typedef {ReturnType<typeof import('./progress-printer.js').createProgressPrinter>} ProgressPrinter
 */

/**
 * @param {HeadlessApp} app
 * @param {import('../src/cli/conditions.ts').CliSources} sources
 * @param {GenerateOptions} options
 * @param {ProgressPrinter} progress
 */
async function makeImages(app, sources, options, progress) {
  const request = buildRequest(options, await app.call('manifest', []));
  const { backend, format, out, unknownWordsOk } = options;
  let copies = 0;
  for (let imageIndex = 0; imageIndex < options.count; imageIndex++) {
    const args = [{ ...request, imageIndex }, backend, { sources, format, unknownWordsOk }];
    const image = await app.call('generateFrom', args, progress.show);
    progress.end();
    if (image.repeats !== null && ++copies > options.acceptCopies) throw refused(image, copies);
    if (imageIndex === 0) describe(image);
    save(image, out);
  }
}

/**
 * @param {HeadlessApp} app
 * @param {string} recipe
 * @param {GenerateOptions} options
 * @param {ProgressPrinter} progress
 */
async function makeDataset(app, recipe, options, progress) {
  const { backend, format, layout, out, unknownWordsOk, acceptCopies } = options;
  /** @type {(() => void) | undefined} */
  let finish;
  if (options.sources) await offerSources(app.page, options.sources);
  await receiveFiles(
    app.page,
    () => out,
    (file) => {
      finish ??= beginDataset(out, askedOf(recipe, options));
      progress.end();
      printJson({ file });
    },
  );
  await app.call(
    'makeRecipe',
    [recipe, backend, { format, layout, unknownWordsOk, acceptCopies }],
    progress.show,
  );
  finish?.();
}

/**
 * What decides which files a recipe becomes.
 *
 * @param {string} recipe
 * @param {GenerateOptions} options
 */
function askedOf(recipe, { format, layout }) {
  return JSON.stringify({ recipe, format, layout });
}

/**
 * A picture that shows the image it was made from is no synthetic one, and that may be a patient's.
 *
 * @param {import('../src/cli/conditions.ts').TextFiles} image
 * @param {number} copies
 */
function refused({ repeats }, copies) {
  return invalid(
    `Image ${copies} repeats the one that it was made from: ${repeats || 'how much was not measured'} (expected at most ` +
      `${copies - 1} such images, got ${copies}). Raise --strength, or say how many may be written: --accept-copies ${copies}`,
  );
}

/** @param {import('../src/cli/conditions.ts').TextFiles} image */
function describe({ backend, words, warnings, notes }) {
  for (const note of notes) process.stderr.write(`${note}\n`);
  process.stderr.write(`${backend.backend} on ${backend.device}. ${backend.reason}\n`);
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  const { prompt, negativePrompt } = words ?? {};
  if (prompt) describeWords('prompt', prompt);
  if (negativePrompt) describeWords('negative prompt', negativePrompt);
}

/**
 * @param {string} what
 * @param {import('../src/contract/picture.ts').TextReading} reading
 */
function describeWords(what, { unknownWords, unreadWeights, ignoredWords }) {
  const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
  if (unknownWords.length > 0) {
    say(`Not in the model's vocabulary, of the ${what}: ${unknownWords.join(', ')}.`);
  }
  if (unreadWeights.length > 0)
    say(`This model does not weigh words: ${unreadWeights.join(', ')}.`);
  if (ignoredWords.length > 0) {
    say(`The ${what} is too long; ignored: ${ignoredWords.join(' ')}`);
  }
}

/**
 * @param {import('../src/cli/conditions.ts').TextFiles} image
 * @param {string} folder
 */
function save(image, folder) {
  const { fileBase64, ending, maskBase64, labelBase64, labelMm3, request, backend, timing } = image;
  const { pair } = image;
  const name = freeName(folder, request, ending);
  const file = `${name}.${ending}`;
  writeFileSync(file, Buffer.from(fileBase64, 'base64'));
  const mask = maskBase64 === null ? null : `${name}_mask.png`;
  if (mask) writeFileSync(mask, Buffer.from(maskBase64 ?? '', 'base64'));
  const label = labelBase64 === null ? null : `${name}_label.${ending}`;
  if (label) writeFileSync(label, Buffer.from(labelBase64 ?? '', 'base64'));
  const source = pair && `${name}_before.png`;
  if (source) writeFileSync(source, Buffer.from(pair.sourceBase64, 'base64'));
  const difference = pair && `${name}_difference.png`;
  if (difference) writeFileSync(difference, Buffer.from(pair.differenceBase64, 'base64'));
  const line = {
    file,
    ...(pair && { before: source, difference }),
    ...(request.edit && { shows: request.edit.prompt, sentence: request.edit.sentence }),
    ...(mask && { mask }),
    ...(label && { label }),
    ...(labelMm3 && { labelMm3 }),
    prompt: request.prompt,
    seed: request.seed,
    imageIndex: request.imageIndex,
    steps: request.numInferenceSteps,
    ...(request.method && { method: request.method, model: request.modelId }),
    ...(request.checked && { checked: checkLine(request.checked) }),
    backend: backend.backend,
    msTotal: Math.round(timing.msTotal),
    msPerStep: Math.round(timing.msPerStep),
  };
  printJson(line);
}

/** @param {import('../src/contract/request.ts').CheckResult} checked */
function checkLine({ confirmed, probability, called, tries }) {
  return { confirmed, probability, called, tries };
}
