import { requireEnding, requireFolderName } from './file-names.js';
import {
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
 * @typedef {object} EvaluateOptions
 * @property {string} real
 * @property {string} synthetic
 * @property {string | undefined} holdout
 * @property {string | null} csv  The text of --labels.
 * @property {string} out
 * @property {number} seed
 * @property {number} acceptComposites  How many synthetic images may say that they contain parts of a source image.
 * @property {boolean} usefulness
 * @property {boolean} copies
 * @property {number | null} segmentationSteps  null: masks are not used.
 * @property {number | null} classifierSteps  null: only the linear head is trained.
 * @property {string | undefined} networkFolder  With a model of pictures for transformers.js, which heads the report.
 * @property {string | undefined} members  Images that a model was trained on.
 * @property {{ modelId: string | null, most: number, loraBase64: string | null } | null} membership  null: not tested.
 */

const FLAGS = {
  real: TEXT,
  synthetic: TEXT,
  holdout: TEXT,
  labels: TEXT,
  out: TEXT,
  seed: TEXT,
  'accept-composites': TEXT,
  network: TEXT,
  'no-usefulness': SWITCH,
  'no-copies': SWITCH,
  masks: SWITCH,
  classifier: SWITCH,
  steps: TEXT,
  members: TEXT,
  'members-model': TEXT,
  'members-lora': TEXT,
  'members-count': TEXT,
};

/** What `--help` prints. */
export const USAGE = `Compares synthetic with real images on this machine.

  npm run evaluate -- --real DIR --synthetic DIR [flags] --out DIR

  --real DIR        real images; sub-folders are labels (required)
  --synthetic DIR   synthetic images, the same (required)
  --holdout DIR     real images that no model was trained on: they set floors and the threshold for copies
  --labels CSV      file, label and, where known, patient, sex, age, view, skin_tone, in place of sub-folders
  --out DIR         where report.html and report.json go; made where it is missing (required)
  --network DIR     a feature network of yours, for transformers.js (config.json, preprocessor_config.json, onnx/…): beside the
                    app's own, and first in the report
  --masks           also train a small U-Net on images with masks: NAME.mask.png or masks/NAME.png beside the image, or
                    masks/NAME.png for images/NAME.png, as data sets are exported
  --classifier      also train a small network from nothing, beside the linear head
  --steps N         of each training of these networks, 1 to 10000 (120)
  --members DIR     images that a model was trained on: is its denoising loss on them lower than on --holdout? Prompts come from
                    the CSV's column prompt, else the labels are used
  --members-model ID    that model (the first of the manifest)
  --members-lora FILE   what fine-tuning made of it
  --members-count N     images of a side at most, 8 to 10000 (100)
  --seed N          of what is drawn at random, 0 to 4294967295 (0)
  --accept-composites N  so many images of --synthetic may contain parts of a source image (0)
  --no-copies       leave the copy check out
  --no-usefulness   leave the classifiers out
  -h, --help        this text

Progress on stderr, a summary on stdout. Exit code 2: a named error, with what to do next; 1: anything else.
`;

/**
 * Reads the command line. Throws `RequestInvalid` on anything it does not understand.
 *
 * @param {string[]} args
 * @returns {EvaluateOptions}
 */
export function parseEvaluateOptions(args) {
  const { values } = readFlags({ args, options: FLAGS });
  for (const name of /** @type {const} */ (['real', 'synthetic', 'out'])) {
    if (!values[name]) throw invalid(`--${name} is missing. Name a folder: --${name} DIR`);
  }
  requireFolderName('out', values.out);
  requireEnding('labels', values.labels, ['.csv', '.tsv', '.txt']);
  requireEnding('members-lora', values['members-lora'], ['.safetensors']);
  for (const name of /** @type {const} */ ([
    'real',
    'synthetic',
    'holdout',
    'members',
    'network',
  ])) {
    if (values[name] !== undefined) requireFolder(name, values[name]);
  }
  const seed = wholeNumber('seed', values.seed, 0, MAX_SEED) ?? 0;
  const accepted = values['accept-composites'];
  const acceptComposites = wholeNumber('accept-composites', accepted, 0, 1e7) ?? 0;
  const steps = wholeNumber('steps', values.steps, 1, 10_000) ?? 120;
  if (values.steps !== undefined && !values.masks && !values.classifier) {
    throw invalid(
      '--steps is about networks that are trained. Add --masks or --classifier, or leave it out.',
    );
  }
  return {
    real: values.real ?? '',
    synthetic: values.synthetic ?? '',
    holdout: values.holdout,
    csv:
      values.labels === undefined ? null : readFlagFile('labels', values.labels).toString('utf8'),
    out: values.out ?? '',
    seed,
    acceptComposites,
    usefulness: !values['no-usefulness'],
    copies: !values['no-copies'],
    segmentationSteps: values.masks ? steps : null,
    classifierSteps: values.classifier ? steps : null,
    networkFolder: values.network,
    members: values.members,
    membership: readMembership(values),
  };
}

/** @param {ReturnType<typeof readFlags<{ options: typeof FLAGS }>>['values']} values */
function readMembership(values) {
  const { members, holdout } = values;
  const [modelId, lora] = [values['members-model'], values['members-lora']];
  const count = values['members-count'];
  if (members === undefined) {
    if ([modelId, lora, count].every((value) => value === undefined)) return null;
    throw invalid(
      '--members-model, --members-lora and --members-count are about --members. Add it.',
    );
  }
  if (holdout === undefined) {
    throw invalid('--members needs real images the model has not seen. Name them: --holdout DIR');
  }
  const most = wholeNumber('members-count', count, 8, 10_000) ?? 100;
  const loraBase64 =
    lora === undefined ? null : readFlagFile('members-lora', lora).toString('base64');
  return { modelId: modelId ?? null, most, loraBase64 };
}
