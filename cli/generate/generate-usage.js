import { FORMATS, LAYOUTS } from './generate-options.js';

/** Every flag, its value and what it does, as `--help` prints them. */
const FLAGS = [
  ['--out DIR', 'folder for the images; made where it is missing (required)'],
  ['--negative TEXT', 'what the image must not show; needs guidance above 1'],
  ['--seed N', 'where the noise starts, 0 to 4294967295; without it each run has its own'],
  ['--count N', 'images of this seed, 1 to 10000 (1)'],
  [
    '--check N',
    'draw each image up to N times, 1 to 16, until a label network sees what the prompt names',
  ],
  ['--steps N', "denoising steps (the model's default)"],
  ['--guidance G', "how hard to push towards the prompt (the model's default)"],
  [
    '--scheduler NAME',
    "flow-match-euler or ddim, as far as the model has it (the model's default)",
  ],
  ['--set NAME=VALUE', 'a covariate: a number, or the title of a choice; may be repeated'],
  ['--covariate NAME=VALUE', 'the same'],
  [
    '--init FILE',
    'image to start from: PNG, DICOM, NIfTI, JPEG or WebP; for a model of volumes a NIfTI',
  ],
  ['--frame N', 'which picture of that file, for a model of volumes which volume, from 0'],
  ['--strength S', 'how much of it is forgotten, 0 to 1 (0.6); 0 is the round trip of the encoder'],
  [
    '--edit SENTENCE',
    'changes the image as it says ("make it glioma", "older"), PROMPT being what it shows; without --init that is drawn first',
  ],
  ['--push P', 'how hard that is pushed, 1 to 12 (3)'],
  ['--inpaint FILE', 'where it changes: a grey image, 0 is kept byte for byte'],
  ['--feather PX', 'pixels over which new fades into old, inside that region (8)'],
  [
    '--accept-copies N',
    'how many images may be written that repeat the one they were made from (0)',
  ],
  [
    '--source-uid',
    'DICOM files name the UID of the DICOM file they were made from; it may lead to the patient',
  ],
  [
    '--unknown-words ok',
    'draw a prompt of which the model knows no word; without it that is refused',
  ],
  [
    '--mask FILE',
    'instance mask, a grey PNG: 0 is background, each other number one instance; of a volume a label map, a NIfTI',
  ],
  [
    '--lora FILE[:S]',
    'what npm run finetune made, or a LoRA of the model, and how much of it, 0 to 2 (1); again for more',
  ],
  [
    '--format NAME',
    `${FORMATS.join(', ')} (png); a volume as dicom is a ZIP of a series and its SEG`,
  ],
  ['--recipe FILE', 'a whole data set in place of PROMPT, with labels, masks and hashes'],
  [
    '--sources DIR',
    'pictures that pairs of the recipe begin with, by the names it gives; needs --accept-copies N, for they are yours',
  ],
  ['--layout NAME', `how its files lie: ${LAYOUTS.join(', ')} (plain)`],
  [
    '--watch DIR',
    'makes each recipe (*.json) that appears in the folder, one after another in one browser, beside it',
  ],
  ['--once', 'with --watch: ends when all that lie there are done'],
  ['--backend NAME', 'auto, webgpu or wasm (auto)'],
  [
    '--model ID',
    "a model of the manifest (the manifest's default); one of kind generator takes a label as PROMPT",
  ],
  ['--models DIR', 'folder with a model-manifest.json of your own, and the files it names'],
  ['-h, --help', 'this text'],
];

/** What `--help` prints. */
export const USAGE = `Makes synthetic medical images on this machine.

  npm run --silent generate -- "PROMPT" --out DIR [flags]
  npm run --silent generate -- --recipe FILE --out DIR [--format NAME] [--layout NAME] [--backend NAME]
  npm run --silent generate -- --watch DIR [--once] [--format NAME] [--layout NAME] [--backend NAME]

${FLAGS.map(([flag = '', what = '']) => `  ${flag.padEnd(24)}${what}`).join('\n')}

One JSON line per image on stdout, progress on stderr. Exit code 2: a named error, with what to do next;
1: anything else.
`;
