import { requireEnding } from './file-names.js';
import {
  backendOf,
  MAX_SEED,
  readFlagFile,
  readFlags,
  requireFolder,
  SWITCH,
  TEXT,
  wholeNumber,
} from './flags.js';
import { invalid } from './named-errors.js';

/**
 * What the command line asks for.
 *
 * @typedef {object} FinetuneOptions
 * @property {string} images
 * @property {string} out
 * @property {string | null} csv  The text of --captions.
 * @property {string} caption
 * @property {import('../src/finetune/captions.ts').CaptionSource} source
 * @property {string | undefined} model
 * @property {string | undefined} models
 * @property {import('../src/contract/request.ts').BackendChoice} backend
 * @property {Partial<import('../src/finetune/run.ts').FinetuneSettings>} settings
 */

const FLAGS = {
  images: TEXT,
  captions: TEXT,
  caption: TEXT,
  names: SWITCH,
  out: TEXT,
  steps: TEXT,
  minutes: TEXT,
  seed: TEXT,
  rank: TEXT,
  batch: TEXT,
  'learning-rate': TEXT,
  model: TEXT,
  models: TEXT,
  backend: TEXT,
  word: TEXT,
  prior: TEXT,
  mirror: SWITCH,
  samples: TEXT,
};

/** What `--help` prints. */
export const USAGE = `Teaches the model your own images, on this machine.

  npm run --silent finetune -- --images DIR --steps N --out FILE.safetensors [flags]

  --images DIR        PNG, JPEG, WebP, DICOM or NIfTI, 4 to 2000 of them (required)
  --captions CSV      columns file and caption, and covariates by their names
  --caption TEXT      one for all images, and for those that the CSV leaves out; with sub-folders, their names behind it
  --names             captions from the files' names
  --steps N           of training; or --minutes M, for as many as fit
  --seed N            0 to 4294967295 (1)
  --rank N            of the factors, 1 to 64 (8)
  --batch N           images a step, 1 to 32 (4)
  --learning-rate R   above 0, at most 0.1 (0.001)
  --word WORD         learned along with the factors; put before captions that lack it
  --prior N           images of each batch that are the base model's own, so that it keeps what it knows (0)
  --mirror            show images mirrored too; never where left and right differ
  --samples N         images to make while training, 0 to 16 (0); PNGs in a folder OUT-samples beside the factors
  --model ID          a model of the manifest (the first that can be trained)
  --models DIR        folder with a model-manifest.json of your own, and the files it names
  --backend NAME      auto, webgpu or wasm (auto)
  --out FILE          where the factors go; diffusers and peft read it (required)
  -h, --help          this text

One JSON line per step on stdout, with step, loss, held-out loss where it was measured, and seconds. Exit code 2: a named
error, with what to do next; 1: anything else.
`;

/**
 * Reads the command line. Throws `RequestInvalid` on anything it does not understand.
 *
 * @param {string[]} args
 * @returns {FinetuneOptions}
 */
export function parseFinetuneOptions(args) {
  const { values } = readFlags({ args, options: FLAGS });
  requireFolder('images', values.images);
  if (!values.out) throw invalid('--out is missing. Name a file: --out FILE.safetensors');
  requireEnding('out', values.out, ['.safetensors']);
  requireEnding('captions', values.captions, ['.csv', '.tsv', '.txt']);
  const steps = wholeNumber('steps', values.steps, 1, 1_000_000);
  const minutes = wholeNumber('minutes', values.minutes, 1, 10_000);
  if (steps === undefined && minutes === undefined) {
    throw invalid('--steps is missing. Say how long to train: --steps N, or --minutes M');
  }
  const numSamples = wholeNumber('samples', values.samples, 0, 16) ?? 0;
  return {
    images: values.images ?? '',
    out: values.out,
    model: values.model,
    models: values.models,
    csv:
      values.captions === undefined
        ? null
        : readFlagFile('captions', values.captions).toString('utf8'),
    caption: values.caption ?? '',
    source: values.captions !== undefined ? 'csv' : values.names ? 'name' : 'label',
    backend: backendOf(values.backend),
    settings: {
      numSteps: steps ?? null,
      minutes: minutes ?? null,
      numSamples,
      ...given('seed', wholeNumber('seed', values.seed, 0, MAX_SEED)),
      ...given('rank', wholeNumber('rank', values.rank, 1, 64)),
      ...given('batch', wholeNumber('batch', values.batch, 1, 32)),
      ...given('learningRate', rate(values['learning-rate'])),
      ...given('word', word(values.word)),
      ...given('priorRows', wholeNumber('prior', values.prior, 0, 31)),
      mirror: values.mirror ?? false,
    },
  };
}

/** @param {string | undefined} text */
function word(text) {
  if (text === undefined || /^[\p{L}\p{N}]{1,40}$/u.test(text)) return text;
  throw invalid(`--word expects one word of letters and digits, got "${text}".`);
}

/** @param {string | undefined} text */
function rate(text) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && value <= 0.1) return value;
  throw invalid(`--learning-rate expects a number above 0 and at most 0.1, got "${text}".`);
}

/**
 * @param {string} name
 * @param {number | string | undefined} value
 */
function given(name, value) {
  return value === undefined ? {} : { [name]: value };
}
