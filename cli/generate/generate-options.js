import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireEnding, requireFolderName } from '../file-names.js';
import { backendOf, readFlags, requireFolder, SWITCH, TEXT } from '../flags.js';
import { invalid } from '../named-errors.js';

/**
 * What the command line asks for; `undefined` where it leaves the choice to the model.
 *
 * @typedef {object} GenerateOptions
 * @property {string} prompt
 * @property {string} negative
 * @property {number} seed
 * @property {number} count
 * @property {number | undefined} steps
 * @property {number | undefined} guidance
 * @property {string | undefined} scheduler
 * @property {Record<string, string>} covariates  As written: numbers, or the title of a choice.
 * @property {string} backend
 * @property {string | undefined} model
 * @property {string | undefined} models  Folder with a model-manifest.json that takes the place of the built one.
 * @property {string} out  Of --watch: that folder.
 * @property {string | undefined} init  File of the image to start from.
 * @property {number | undefined} frame  Which picture or volume of that file, from 0.
 * @property {number | undefined} strength
 * @property {string | undefined} edit  A sentence: what to change of that image, of which the prompt says what it shows.
 * @property {number | undefined} push  How hard.
 * @property {string | undefined} inpaint  File of the region to paint anew.
 * @property {number | undefined} feather  Pixels.
 * @property {string | undefined} mask  File of an instance mask.
 * @property {{ file: string, strength: number }[] | undefined} lora  What fine-tuning made, and how much of each.
 * @property {string | undefined} recipe  File of a recipe; there is no prompt then.
 * @property {string | undefined} sources  Folder of the pictures that pairs of a recipe begin with.
 * @property {string | undefined} watch  Folder in which recipes appear; there is no prompt then.
 * @property {boolean} once  Of --watch: ends when all that lie there are done.
 * @property {keyof typeof import('../../src/dataset/formats/titles.json')} format
 * @property {keyof typeof import('../../src/dataset/layouts/titles.json')} layout  Of the files of a recipe.
 * @property {number | undefined} check  Tries until a label network sees what the prompt asks for.
 * @property {number} acceptCopies  How many pictures may repeat the image that they were made from.
 * @property {boolean} unknownWordsOk  A prompt without one word that the model knows is meant.
 * @property {boolean} sourceUid  DICOM files name the UID of the image that they were made from.
 */

/** Those that the app can write; src/dataset/formats/format.ts has them from the same list. */
export const FORMATS = Object.keys(
  JSON.parse(
    readFileSync(new URL('../../src/dataset/formats/titles.json', import.meta.url), 'utf8'),
  ),
);
/** What --layout may be, from the list that src/dataset/layouts/layout.ts reads too. */
export const LAYOUTS = Object.keys(
  JSON.parse(
    readFileSync(new URL('../../src/dataset/layouts/titles.json', import.meta.url), 'utf8'),
  ),
);

const FLAGS = /** @type {const} */ ({
  negative: TEXT,
  seed: TEXT,
  count: TEXT,
  check: TEXT,
  steps: TEXT,
  guidance: TEXT,
  scheduler: TEXT,
  backend: TEXT,
  model: TEXT,
  models: TEXT,
  out: TEXT,
  init: TEXT,
  frame: TEXT,
  strength: TEXT,
  edit: TEXT,
  push: TEXT,
  inpaint: TEXT,
  feather: TEXT,
  mask: TEXT,
  lora: /** @type {const} */ ({ type: 'string', multiple: true }),
  recipe: TEXT,
  sources: TEXT,
  watch: TEXT,
  once: SWITCH,
  format: TEXT,
  layout: TEXT,
  'accept-copies': TEXT,
  'source-uid': SWITCH,
  'unknown-words': TEXT,
  covariate: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
});

/** @typedef {Partial<ReturnType<typeof readFlags<{ options: typeof FLAGS }>>['values']>} Flags */

/** The flags, as they are written. */
export const FLAG_NAMES = Object.keys(FLAGS).map((name) => `--${name}`);

/**
 * Reads the command line. Throws `RequestInvalid` on anything it does not understand; what the numbers may be is for
 * the app to say, which knows the model.
 *
 * @param {string[]} args
 * @returns {GenerateOptions}
 */
export function parseOptions(args) {
  const { values, positionals } = readFlags({
    args: joinNegativeNumbers(args),
    allowPositionals: true,
    options: FLAGS,
  });
  if (values.watch || values.recipe) checkAlone(values, positionals);
  else if (positionals.length !== 1) {
    throw invalid(
      `Expected one prompt, got ${positionals.length}. Put it in quotes: npm run generate -- "PROMPT" --out DIR`,
    );
  }
  const out = values.watch ?? values.out;
  if (!out) throw invalid('--out is missing. Name a folder for the images: --out DIR');
  checkNames(values);
  const backend = backendOf(values.backend);
  if (values.models && !existsSync(join(values.models, 'model-manifest.json'))) {
    throw invalid(
      `--models expects a folder with a model-manifest.json in it, got "${values.models}".`,
    );
  }
  const count = integer('count', values.count) ?? 1;
  if (count < 1 || count > 10_000) {
    throw invalid(`--count expects a whole number from 1 to 10000, got ${count}.`);
  }
  const unknownWords = values['unknown-words'];
  if (unknownWords !== undefined && unknownWords !== 'ok') {
    throw invalid(`--unknown-words expects ok, got "${unknownWords}". Leave it out to be asked.`);
  }
  return {
    ...readImageFlags(values),
    unknownWordsOk: unknownWords === 'ok',
    acceptCopies: integer('accept-copies', values['accept-copies']) ?? 0,
    sourceUid: values['source-uid'] ?? false,
    prompt: positionals[0] ?? '',
    negative: values.negative ?? '',
    seed: integer('seed', values.seed) ?? Math.floor(Math.random() * 2 ** 32),
    count,
    check: integer('check', values.check),
    steps: integer('steps', values.steps),
    guidance: decimal('guidance', values.guidance),
    scheduler: values.scheduler,
    covariates: { ...pairs('covariate', values.covariate), ...pairs('set', values.set) },
    backend,
    model: values.model,
    models: values.models,
    out,
  };
}

/** @param {Flags} values */
function readImageFlags({ init, strength, inpaint, feather, mask, lora, recipe, ...more }) {
  const { watch, once = false, layout = 'plain' } = more;
  const { format = 'png', 'accept-copies': accepted, 'source-uid': sourceUid, frame } = more;
  const { edit, push, sources } = more;
  const others = { frame, 'accept-copies': accepted, 'source-uid': sourceUid };
  if (!FORMATS.includes(format)) {
    throw invalid(`--format expects one of ${FORMATS.join(', ')}, got "${format}".`);
  }
  if (!LAYOUTS.includes(layout)) {
    throw invalid(`--layout expects one of ${LAYOUTS.join(', ')}, got "${layout}".`);
  }
  if (more.layout && !recipe && !watch) {
    throw invalid('--layout is about data sets: it needs --recipe FILE or --watch DIR.');
  }
  if (once && !watch) throw invalid('--once is about a folder of recipes: --watch DIR');
  if (sources && !recipe) throw invalid('--sources is about pairs of a recipe: --recipe FILE');
  const lonely = Object.entries({ strength, inpaint, ...others }).find(
    ([name, value]) =>
      value && !init && !(name === 'strength' && edit) && !(name === 'accept-copies' && sources),
  );
  if (lonely) throw invalid(`--${lonely[0]} needs an image to start from: --init FILE`);
  if (push && !edit) throw invalid('--push needs a change: --edit "SENTENCE"');
  if (feather && !inpaint) throw invalid('--feather needs a region: --inpaint FILE');
  return {
    init,
    inpaint,
    mask,
    recipe,
    sources,
    watch,
    once,
    layout: /** @type {GenerateOptions['layout']} */ (layout),
    lora: lora?.map(fileAndStrength),
    frame: integer('frame', frame),
    strength: decimal('strength', strength),
    edit,
    push: decimal('push', push),
    feather: decimal('feather', feather),
    format: /** @type {GenerateOptions['format']} */ (format),
  };
}

/**
 * `FILE:0.8`, or `FILE` for all of it.
 *
 * @param {string} text
 */
function fileAndStrength(text) {
  const [, file = text, strength] = /^(.+):(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  return { file, strength: decimal('lora', strength) ?? 1 };
}

/** @param {Flags} values */
function checkNames({ out, watch, recipe, lora, models, sources }) {
  const folders = { out, watch, models, sources };
  for (const [flag, path] of Object.entries(folders)) requireFolderName(flag, path);
  if (sources) requireFolder('sources', sources);
  requireEnding('recipe', recipe, ['.json']);
  for (const text of lora ?? []) {
    requireEnding('lora', text.replace(/:-?[\d.]+$/, ''), ['.safetensors']);
  }
  if (watch) requireFolder('watch', watch);
}

/** What a recipe leaves to the command line. */
const BESIDE_RECIPE = [
  ...['recipe', 'out', 'backend', 'models', 'format', 'layout', 'unknown-words'],
  ...['sources', 'accept-copies'],
];
/** What recipes of a folder do: each is written beside itself. */
const BESIDE_WATCH = ['watch', 'once', 'backend', 'models', 'format', 'layout', 'unknown-words'];

/**
 * A recipe says everything itself.
 *
 * @param {Record<string, unknown>} values
 * @param {string[]} positionals
 */
function checkAlone(values, positionals) {
  const beside = values.watch ? BESIDE_WATCH : BESIDE_RECIPE;
  const others = Object.keys(values).filter((name) => !beside.includes(name));
  const extra =
    positionals.length > 0 ? `the prompt "${positionals[0]}"` : others.map((one) => `--${one}`)[0];
  if (!extra) return;
  throw invalid(
    `--${values.watch ? 'watch' : 'recipe'} says what to make, so ${extra} has no place beside it. Remove one of them.`,
  );
}

/**
 * `--seed -1` → `--seed=-1`, so that the answer is about the number and not about a flag called -1.
 *
 * @param {string[]} args
 */
function joinNegativeNumbers(args) {
  return args.flatMap((arg, i) => {
    const joins = /^--[a-z-]+$/.test(arg) && /^-\d/.test(args[i + 1] ?? '');
    const joined = /^--[a-z-]+$/.test(args[i - 1] ?? '') && /^-\d/.test(arg);
    return joins ? [`${arg}=${args[i + 1]}`] : joined ? [] : [arg];
  });
}

/**
 * @param {string} name
 * @param {string | undefined} text
 */
function integer(name, text) {
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) throw invalid(`--${name} expects a whole number, got "${text}".`);
  return Number(text);
}

/**
 * @param {string} name
 * @param {string | undefined} text
 */
function decimal(name, text) {
  if (text === undefined) return undefined;
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw invalid(`--${name} expects a number, got "${text}".`);
  return Number(text);
}

/**
 * @param {string} flag
 * @param {string[]} [covariates]
 */
function pairs(flag, covariates = []) {
  const entries = covariates.map((text) => {
    const match = /^([^=]+)=(.*)$/.exec(text);
    if (!match) throw invalid(`--${flag} expects NAME=VALUE, got "${text}".`);
    return [match[1], match[2]];
  });
  return Object.fromEntries(entries);
}
