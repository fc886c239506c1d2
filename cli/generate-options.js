import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

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
 * @property {string} out
 * @property {string | undefined} init  File of the image to start from.
 * @property {number | undefined} frame  Which picture or volume of that file, from 0.
 * @property {number | undefined} strength
 * @property {string | undefined} inpaint  File of the region to paint anew.
 * @property {number | undefined} feather  Pixels.
 * @property {string | undefined} mask  File of an instance mask.
 * @property {{ file: string, strength: number } | undefined} lora  What fine-tuning made, and how much of it.
 * @property {string | undefined} recipe  File of a recipe; there is no prompt then.
 * @property {keyof typeof import('../src/dataset/formats/titles.json')} format
 * @property {number | undefined} check  Tries until a label network sees what the prompt asks for.
 * @property {number} acceptCopies  How many pictures may repeat the image that they were made from.
 * @property {boolean} unknownWordsOk  A prompt without one word that the model knows is meant.
 * @property {boolean} sourceUid  DICOM files name the UID of the image that they were made from.
 */

/** Those that the app can write; src/dataset/formats/format.ts has them from the same list. */
export const FORMATS = Object.keys(
  JSON.parse(readFileSync(new URL('../src/dataset/formats/titles.json', import.meta.url), 'utf8')),
);
const BACKENDS = ['auto', 'webgpu', 'wasm'];

const TEXT = /** @type {const} */ ({ type: 'string' });
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
  inpaint: TEXT,
  feather: TEXT,
  mask: TEXT,
  lora: TEXT,
  recipe: TEXT,
  format: TEXT,
  'accept-copies': TEXT,
  'source-uid': { type: 'boolean' },
  'unknown-words': TEXT,
  covariate: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
});

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
  const { values, positionals } = readFlags(args);
  if (values.recipe) checkAlone(values, positionals);
  else if (positionals.length !== 1) {
    throw invalid(
      `Expected one prompt, got ${positionals.length}. Put it in quotes: npm run generate -- "PROMPT" --out DIR`,
    );
  }
  if (!values.out) throw invalid('--out is missing. Name a folder for the images: --out DIR');
  const backend = values.backend ?? 'auto';
  if (!BACKENDS.includes(backend)) {
    throw invalid(`--backend expects one of ${BACKENDS.join(', ')}, got "${backend}".`);
  }
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
    out: values.out,
  };
}

/** @param {ReturnType<typeof readFlags>['values']} values */
function readImageFlags({ init, strength, inpaint, feather, mask, lora, recipe, ...more }) {
  const { format = 'png', 'accept-copies': accepted, 'source-uid': sourceUid, frame } = more;
  const others = { frame, 'accept-copies': accepted, 'source-uid': sourceUid };
  if (!FORMATS.includes(format)) {
    throw invalid(`--format expects one of ${FORMATS.join(', ')}, got "${format}".`);
  }
  const lonely = Object.entries({ strength, inpaint, ...others }).find(
    ([, value]) => value && !init,
  );
  if (lonely) throw invalid(`--${lonely[0]} needs an image to start from: --init FILE`);
  if (feather && !inpaint) throw invalid('--feather needs a region: --inpaint FILE');
  return {
    ...{ init, inpaint, mask, recipe },
    lora: lora === undefined ? undefined : fileAndStrength(lora),
    frame: integer('frame', frame),
    strength: decimal('strength', strength),
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

/** What a recipe leaves to the command line. */
const BESIDE_RECIPE = ['recipe', 'out', 'backend', 'models', 'format', 'unknown-words'];

/**
 * A recipe says everything itself.
 *
 * @param {Record<string, unknown>} values
 * @param {string[]} positionals
 */
function checkAlone(values, positionals) {
  const others = Object.keys(values).filter((name) => !BESIDE_RECIPE.includes(name));
  const extra =
    positionals.length > 0 ? `the prompt "${positionals[0]}"` : others.map((one) => `--${one}`)[0];
  if (!extra) return;
  throw invalid(
    `--recipe says what to make, so ${extra} has no place beside it. Remove one of them.`,
  );
}

/** @param {string[]} args */
function readFlags(args) {
  try {
    return parseArgs({ args: joinNegativeNumbers(args), allowPositionals: true, options: FLAGS });
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw invalid(message);
    const flag = /'(-[^']*)'/.exec(message)?.[1] ?? '';
    throw invalid(`Unknown flag ${flag}. Flags: ${[...FLAG_NAMES, '--help'].join(', ')}.`);
  }
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

/**
 * The error that bad input gets, exit code 2.
 *
 * @param {string} message what was expected, what came, what to do next
 */
export function invalid(message) {
  return named('RequestInvalid', message);
}

/**
 * An error of a kind that src/common/error-names.json knows.
 *
 * @param {string} name
 * @param {string} message
 */
export function named(name, message) {
  return Object.assign(new Error(message), { name });
}
