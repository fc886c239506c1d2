/** Every flag, its value and what it does, as `--help` prints them. */
const FLAGS = [
  ['--out DIR', 'folder for the images; made where it is missing (required)'],
  ['--negative TEXT', 'what the image must not show; needs guidance above 1'],
  ['--seed N', 'where the noise starts, 0 to 4294967295; without it each run has its own'],
  ['--count N', 'images of this seed, 1 to 10000 (1)'],
  ['--steps N', "denoising steps (the model's default)"],
  ['--guidance G', "how hard to push towards the prompt (the model's default)"],
  [
    '--scheduler NAME',
    "flow-match-euler or ddim, as far as the model has it (the model's default)",
  ],
  ['--covariate NAME=VALUE', 'a number, or the title of a choice; may be repeated'],
  ['--backend NAME', 'auto, webgpu or wasm (auto)'],
  ['--model ID', "a model of the manifest (the manifest's default)"],
  ['--models DIR', 'folder with a model-manifest.json of your own, and the files it names'],
  ['-h, --help', 'this text'],
];

/** What `--help` prints. */
export const USAGE = `Makes synthetic medical images on this machine.

  npm run --silent generate -- "PROMPT" --out DIR [flags]

${FLAGS.map(([flag = '', what = '']) => `  ${flag.padEnd(24)}${what}`).join('\n')}

One JSON line per image on stdout, progress on stderr. Exit code 2: a named error, with what to do next;
1: anything else.
`;

/**
 * Whether the command line asks for that text and nothing else.
 *
 * @param {string[]} args
 */
export function asksForHelp(args) {
  const end = args.indexOf('--');
  const flags = end < 0 ? args : args.slice(0, end);
  return flags.includes('--help') || flags.includes('-h');
}
