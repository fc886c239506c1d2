import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { buildRequest } from '../../cli/generate/build-request.js';
import { FLAG_NAMES, parseOptions } from '../../cli/generate/generate-options.js';
import { USAGE } from '../../cli/generate/generate-usage.js';
import { asksForHelp } from '../../cli/run-in-app.js';
import { makeOutFolder } from '../../cli/out-folder.js';
import { completeEntry } from '../../src/models/manifest/generator';
import type { ModelManifest } from '../../src/models/manifest/manifest';

/** `folder`: one that is gone after the test. */
const test = base.extend<{ folder: string }>({
  // eslint-disable-next-line no-empty-pattern -- Vitest reads the parameter's shape
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'phantoscope-options-'));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
});

const manifest = {
  defaultModel: 'small',
  models: [
    {
      id: 'small',
      defaults: { numInferenceSteps: 12, guidanceScale: 3, scheduler: 'ddim' },
      schedulers: [{ type: 'ddim' }],
      conditions: {
        covariates: [
          { name: 'age', min: 0, max: 100 },
          { name: 'sex', min: 0, max: 1, choices: [{ value: 1, title: 'Female' }] },
        ],
      },
    },
  ],
} as unknown as ModelManifest;

test('what is not said comes from the model', () => {
  const request = buildRequest(parseOptions(['a chest', '--seed', '5', '--out', 'out']), manifest);

  expect(request).toEqual({
    modelId: 'small',
    prompt: 'a chest',
    negativePrompt: '',
    seed: 5,
    imageIndex: 0,
    numInferenceSteps: 12,
    guidanceScale: 3,
    scheduler: 'ddim',
    covariates: {},
  });
});

const generators = JSON.parse(
  readFileSync(new URL('../fixtures/tiny-generators/model-manifest.json', import.meta.url), 'utf8'),
) as ModelManifest;
generators.models.forEach(completeEntry);

function generatorRequest(...args: string[]) {
  return buildRequest(parseOptions([...args, '--seed', '5', '--out', 'o']), generators);
}

test('a generator takes a label, and no flag that means nothing to it', () => {
  expect(generatorRequest('normal', '--model', 'tiny-cvae')).toEqual({
    ...{ modelId: 'tiny-cvae', prompt: 'normal', negativePrompt: '', seed: 5, imageIndex: 0 },
    ...{ numInferenceSteps: 1, guidanceScale: 1, scheduler: 'none', covariates: {} },
  });
  for (const [flag, value] of [
    ...[
      ['steps', '4'],
      ['guidance', '2'],
      ['scheduler', 'ddim'],
      ['negative', 'blur'],
    ],
    ...[
      ['covariate', 'age=4'],
      ['lora', 'x.safetensors'],
      ['init', 'x.png'],
      ['mask', 'x.png'],
    ],
  ]) {
    expect(() => generatorRequest('normal', `--${flag}`, value)).toThrow(
      expect.objectContaining({
        name: 'RequestInvalid',
        message: expect.stringContaining(`--${flag} has no meaning for Tiny`) as string,
      }),
    );
  }
  expect(() => generatorRequest('histology', '--model', 'tiny-mask-gan')).toThrow(
    /draws to a mask, and there is none\. Name its file: --mask FILE/,
  );
});

test('--check asks for tries with the first network that names labels', () => {
  const options = parseOptions(['a', '--out', 'o', '--check', '4']);
  const networks = [{ id: 'features' }, { id: 'names', labels: {} }];
  const checking = { ...manifest, evaluation: { networks } } as unknown as ModelManifest;
  expect(buildRequest(options, checking).check).toEqual({ networkId: 'names', maxTries: 4 });
  expect(() => buildRequest(options, manifest)).toThrow(/--check needs a network .*Leave it out/);
  expect(() => parseOptions(['a', '--out', 'o', '--check', 'x'])).toThrow(
    /--check expects a whole/,
  );
});

test('--set says the same as --covariate, and wins', () => {
  const flags = ['--covariate', 'age=60', '--set', 'age=70', '--set', 'sex=female'];
  const options = parseOptions(['a', '--out', 'o', ...flags]);
  expect(buildRequest(options, manifest).covariates).toEqual({ age: 70, sex: 1 });
});

test('a covariate is a number or the title of a choice', () => {
  const options = parseOptions([
    ...['a chest', '--out', 'out'],
    ...['--covariate', 'age=60', '--covariate', 'sex=female'],
  ]);

  expect(buildRequest(options, manifest).covariates).toEqual({ age: 60, sex: 1 });
});

test('without --seed each run has its own', () => {
  const seeds = Array.from({ length: 5 }, () => parseOptions(['a', '--out', 'out']).seed);

  expect(new Set(seeds).size).toBe(5);
});

test.each([
  [['--out', 'out'], /one prompt, got 0/],
  [['a', 'b', '--out', 'out'], /one prompt, got 2/],
  [['a'], /--out is missing/],
  [['a', '--out', 'o', '--backend', 'cuda'], /--backend expects .*"cuda"/],
  [['a', '--out', 'o', '--count', '2.5'], /--count expects a whole number, got "2.5"/],
  [['a', '--out', 'o', '--guidance', 'much'], /--guidance expects a number, got "much"/],
  [['a', '--out', 'o', '--covariate', 'age'], /--covariate expects NAME=VALUE/],
  [['a', '--out', 'o', '--set', 'age'], /--set expects NAME=VALUE/],
  [
    ['a', '--out', 'o', '--format', 'tiff'],
    /--format expects one of png, png-16, dicom, nifti, got "tiff"/,
  ],
  [['a', '--out', 'o', '--unknown-words', 'yes'], /--unknown-words expects ok, got "yes"/],
  [['a', '--out', 'o', '--strength', '0.5'], /--strength needs an image.*--init/],
  [['a', '--out', 'o', '--inpaint', 'm.png'], /--inpaint needs an image.*--init/],
  [['a', '--out', 'o', '--init', 'a.png', '--feather', '3'], /--feather needs a region/],
  [['a', '--out', 'o', '--init', 'a.png', '--strength', 'much'], /--strength expects a number/],
  [['a', '--recipe', 'r.json', '--out', 'o'], /the prompt "a" has no place/],
  [['--recipe', 'r.json', '--seed', '1', '--out', 'o'], /--seed has no place/],
  [['a', '--out', 'o', '--models', 'nowhere'], /--models expects a folder/],
  [
    ['a', '--out', 'o', '--frobnicate', '3'],
    /^Unknown flag --frobnicate\. Flags: --negative, --seed/,
  ],
  [['a', '--out', 'o', '-x'], /^Unknown flag -x\. Flags: /],
])('%j is refused in words', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

test.each([
  [['--scheduler', 'karras'], 'RequestInvalid', /--scheduler expects one of ddim/],
  [['--covariate', 'age=old'], 'RequestInvalid', /covariate age expects .*"old"/],
  [['--covariate', 'shoe=9'], 'RequestInvalid', /shoe is unknown .* age, sex/],
  [['--model', 'large'], 'ModelUnsupported', /"large".* small/],
])('%j is refused once the model is known', (args, name, message) => {
  const options = parseOptions(['a', '--out', 'out', ...args]);

  const error = catchError(() => buildRequest(options, manifest));

  expect(error?.name).toBe(name);
  expect(error?.message).toMatch(message);
});

test('--help and -h ask for a text that names every flag', () => {
  expect([['--help'], ['a', '-h'], ['--', '-h'], ['a']].map(asksForHelp)).toEqual([
    ...[true, true, false, false],
  ]);
  for (const flag of [...FLAG_NAMES, '--help', '-h']) expect(USAGE).toContain(flag);
});

test('the folder for the images is made with its parents, and left empty', ({ folder }) => {
  const out = join(folder, 'a/b');
  makeOutFolder(out);
  makeOutFolder(out);

  expect(readdirSync(out)).toEqual([]);
});

test('--out that is a file, or below one, is refused by its name', ({ folder }) => {
  const file = join(folder, 'file.txt');
  writeFileSync(file, 'text');

  for (const out of [file, join(file, 'below')]) {
    const error = catchError(() => makeOutFolder(out));
    expect(error?.name).toBe('RequestInvalid');
    expect(error?.message).toContain(`got the file ${file}`);
  }
});

test.skipIf(!existsSync('/proc/self'))('--out that cannot be made is refused at once', () => {
  const error = catchError(() => makeOutFolder('/proc/nowhere/out'));

  expect(error?.name).toBe('RequestInvalid');
  expect(error?.message).toMatch(/the folder \/proc\/nowhere cannot be made \(E/);
  expect(catchError(() => makeOutFolder('/proc'))?.message).toMatch(/can be written to \/proc/);
});

function catchError(work: () => unknown): Error | undefined {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

test('several files of factors are taken, each as strong as it says', () => {
  const asked = ['x', '--out', 'y', '--lora', 'a.safetensors:0.8'];
  expect(parseOptions([...asked, '--lora', 'b.safetensors']).lora).toEqual([
    { file: 'a.safetensors', strength: 0.8 },
    { file: 'b.safetensors', strength: 1 },
  ]);
  expect(() => parseOptions([...asked, '--lora', 'b.bin'])).toThrow(/--lora/);
});
