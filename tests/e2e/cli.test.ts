import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readMarks } from './datasets/read-marks';
import { expect, test as base } from '@playwright/test';
import { decode, encode } from 'fast-png';
import { TINY_MODEL } from './app';

const FORMATS = resolve(import.meta.dirname, '../fixtures/formats');
const CLI = resolve(import.meta.dirname, '../../cli/generate.js');
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** `out`: a folder for images that is gone after the test. */
const test = base.extend<{ out: string }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
  out: async ({}, use) => {
    const out = await mkdtemp(join(tmpdir(), 'phantoscope-out-'));
    await use(out);
    await rm(out, { recursive: true });
  },
});

interface Line {
  file: string;
  prompt: string;
  seed: number;
  imageIndex: number;
  steps: number;
  backend: string;
  msTotal: number;
  msPerStep: number;
}

test('the command line writes PNGs, one JSON line each', async ({ out }) => {
  const flags = ['--seed', '7', '--count', '2', '--steps', '3', '--backend', 'wasm'];
  const covariate = ['--covariate', 'age=60'];
  const { code, stdout, stderr } = await run(['chest x-ray', ...flags, ...covariate, '--out', out]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

  expect(code).toBe(0);
  expect(stderr).toContain('step 3 of 3');
  expect(lines).toHaveLength(2);
  for (const [imageIndex, line] of lines.entries()) {
    expect(line).toMatchObject({ seed: 7, steps: 3, backend: 'wasm', imageIndex });
    expect(line.msTotal).toBeGreaterThan(line.msPerStep);
    expect([...(await readFile(line.file)).subarray(0, 8)]).toEqual(PNG_SIGNATURE);
  }
  expect(lines[0].file).not.toBe(lines[1].file);
});

test('a prompt without one known word is refused by name, and drawn where that is meant', async ({
  out,
}) => {
  const flags = ['--steps', '1', '--backend', 'wasm', '--out', out];
  const refused = await run(['ankle fracture CT, zebra', ...flags]);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toMatch(/WordsUnknown: .*"ankle fracture CT, zebra".*--unknown-words ok/);
  const meant = await run(['ankle fracture CT, zebra', ...flags, '--unknown-words', 'ok']);
  expect(meant.code).toBe(0);
  expect(meant.stderr).toContain('of the prompt: ankle, fracture, CT, zebra.');
});

test('a covariate outside what the model has seen is warned of', async ({ out }) => {
  const models = join(out, 'models-of-its-own');
  await cp(TINY_MODEL, models, { recursive: true });
  const path = join(models, 'model-manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as {
    models: { conditions: { covariates: { name: string; measured?: object }[] } }[];
  };
  const age = manifest.models[0].conditions.covariates.find(({ name }) => name === 'age')!;
  const measure = { measure: 'the size of the ventricles', unit: '% of brain' };
  age.measured = { range: [60, 96], effect: 0.6, interval: [0.5, 0.7], n: 200, ...measure };
  await writeFile(path, JSON.stringify(manifest));
  const flags = ['--steps', '1', '--backend', 'wasm', '--models', models, '--out', out];
  const { code, stderr } = await run(['brain mri', ...flags, '--set', 'age=20']);
  expect(code).toBe(0);
  expect(stderr).toContain('Age 20 is outside what the model has seen (60 to 96 years)');
  const inside = await run(['brain mri', ...flags, '--set', 'age=70']);
  expect(inside.stderr).not.toContain('outside what the model has seen');
});

for (const [what, args, message] of [
  ['an empty prompt', [''], /RequestInvalid: The prompt is empty/],
  ['a seed that is no integer', ['x', '--seed', '1.5'], /RequestInvalid: --seed .*1\.5/],
  ['0 steps', ['x', '--steps', '0'], /RequestInvalid: .*steps.*got 0/],
  ['1,000 steps', ['x', '--steps', '1000'], /RequestInvalid: .*steps.*got 1000/],
  ['count 0', ['x', '--count', '0'], /RequestInvalid: --count .*got 0/],
  ['a prompt of 10,000 characters', ['x'.repeat(10_000)], /RequestInvalid: .*too long.*10000/],
  ['an unknown model', ['x', '--model', 'nope'], /ModelUnsupported: .*"nope".*tiny/],
  ['an unknown flag', ['x', '--bogus'], /RequestInvalid: .*--bogus/],
  ['a file that is not there', ['x', '--init', 'gone.png'], /RequestInvalid: --init .*gone\.png/],
  ['no image', ['x', '--init', CLI], /ImageUnreadable: .*no image that can be read/],
  ['an unknown covariate', ['x', '--covariate', 'height=2'], /RequestInvalid: .*height/],
  ['one of another kind', ['microscopy', '--set', 'age=60'], /RequestInvalid: .*age means nothing/],
] as const) {
  test(`${what} ends with exit code 2 and what to do`, async ({ out }) => {
    const { code, stdout, stderr } = await run([...args, '--out', out]);

    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    // Answered before anything is fetched.
    expect(stderr).not.toMatch(/download/i);
    expect(stdout).toBe('');
  });
}

/** A grey ramp of the fixture model's size, and a region: its right half. */
async function writeSources(folder: string): Promise<{ init: string; region: string }> {
  const size = { width: 64, height: 64, channels: 1 };
  const grey = (value: (x: number) => number) =>
    encode({ ...size, data: Uint8Array.from({ length: 64 * 64 }, (_, i) => value(i % 64)) });
  const [init, region] = [join(folder, 'source.png'), join(folder, 'region.png')];
  await writeFile(
    init,
    grey((x) => 4 * x),
  );
  await writeFile(
    region,
    grey((x) => (x >= 32 ? 255 : 0)),
  );
  return { init, region };
}

test('--init with --inpaint keeps what is outside the region, byte for byte', async ({ out }) => {
  const { init, region } = await writeSources(out);
  const flags = ['--init', init, '--strength', '1', '--inpaint', region, '--steps', '3'];
  const refused = await run(['chest x-ray', ...flags, '--out', out]);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(
    /RequestInvalid: Image 1 repeats .* \d\d % of the pixels .*--accept-copies 1/,
  );
  const accepted = [...flags, '--accept-copies', '1', '--out', out];
  const { code, stdout, stderr } = await run(['chest x-ray', ...accepted]);
  expect(stderr).toContain('step 3 of 3');
  expect(code).toBe(0);
  const png = decode(await readFile((JSON.parse(stdout) as Line).file));
  const red = (x: number, y: number) => png.data[(y * 64 + x) * png.channels];
  for (let x = 0; x < 32; x++) expect(red(x, 40)).toBe(4 * x);
  expect(Array.from({ length: 32 }, (_, i) => red(32 + i, 40))).not.toEqual(
    Array.from({ length: 32 }, (_, i) => 4 * (32 + i)),
  );
});

test('--edit draws a pair, saves what has changed, and refuses a sentence that names nothing', async ({
  out,
}) => {
  const prompt = 'chest x-ray, 40 year old man';
  const { code, stdout } = await run([prompt, '--edit', 'older', '--steps', '3', '--out', out]);
  expect(code).toBe(0);
  const line = JSON.parse(stdout) as Line & Record<'before' | 'difference' | 'shows', string>;
  expect(line).toMatchObject({ shows: prompt, prompt: 'chest x-ray, 65 year old man' });
  for (const file of [line.file, line.before, line.difference]) {
    expect(decode(await readFile(file))).toMatchObject({ width: 64, height: 64 });
  }
  const refused = await run([prompt, '--edit', 'make it nicer', '--out', out]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/RequestInvalid: "make it nicer" names no change .*older/);
});

test('every format says what --init made of a DICOM file, and its UID only on demand', async ({
  out,
}) => {
  const dicom = join(FORMATS, 'ct-explicit.dcm');
  const flags = ['--init', dicom, '--accept-copies', '1', '--steps', '2', '--backend', 'wasm'];
  const folders: Record<string, string[]> = {
    png: ['--format', 'png', '--source-uid'],
    dicom: ['--format', 'dicom'],
    named: ['--format', 'dicom', '--source-uid'],
    nifti: ['--format', 'nifti'],
  };
  const found: Record<string, Record<string, unknown>> = {};
  for (const [name, more] of Object.entries(folders)) {
    const folder = join(out, name);
    const { code, stderr } = await run(['x-ray', ...flags, ...more, '--out', folder]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('Invalid')]);
    const marks = readMarks(folder);
    test.skip(!marks, 'there is no pydicom here');
    found[name] = Object.values(marks!)[0];
  }
  expect(found.png).toMatchObject({ types: ['compositeWithTrainedAlgorithmicMedia'] });
  expect(found.nifti).toMatchObject({ kind: 'composite' });
  const says = { synthetic: 'YES', conversion: 'WSD', identityRemoved: 'NO' };
  expect(found.dicom).toMatchObject({ ...says, source: null });
  expect(found.named).toMatchObject({
    ...says,
    source: [[expect.stringMatching(/^1\.2\.840/), expect.stringMatching(/^[\d.]+$/), '121322']],
  });
  expect(JSON.stringify([found.png, found.dicom])).not.toContain(
    (found.named.source as string[][])[0][1],
  );
});

test('--mask and --format dicom give a DICOM and the mask beside it', async ({ out }) => {
  const { region } = await writeSources(out);
  const flags = ['--mask', region, '--format', 'dicom', '--steps', '2'];
  const { code, stdout, stderr } = await run(['microscopy', ...flags, '--out', out]);
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  const { file, mask } = JSON.parse(stdout) as Line & { mask: string };
  expect(file).toMatch(/\.dcm$/);
  const bytes = await readFile(file);
  expect(bytes.toString('latin1', 128, 132)).toBe('DICM');
  expect(new Set(decode(await readFile(mask)).data)).toEqual(new Set([0, 255]));
});

test('--recipe writes a whole data set with masks, labels and hashes that hold', async ({
  out,
}) => {
  const recipe = {
    ...{ version: 1, title: 'Nuclei', modelId: 'tiny', seed: 3, numInferenceSteps: 1 },
    ...{ guidanceScale: 1, scheduler: 'flow-match-euler' },
    rows: [{ count: 3, prompt: 'microscopy', mask: { stain: 'fluorescence' } }],
  };
  const file = join(out, 'recipe.json');
  await writeFile(file, JSON.stringify(recipe));
  const set = join(out, 'set');
  const { code, stderr } = await run(['--recipe', file, '--format', 'nifti', '--out', set]);
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  expect((await readdir(join(set, 'images'))).sort()).toEqual(
    [0, 1, 2].map((i) => `image-0000000${i}.nii.gz`),
  );
  expect(await readdir(join(set, 'masks'))).toHaveLength(3);
  const sums = (await readFile(join(set, 'SHA256SUMS'), 'utf8')).trim().split('\n');
  expect(sums.length).toBeGreaterThan(8);
  for (const line of sums) {
    const [expected, path] = line.split('  ');
    const hash = createHash('sha256').update(await readFile(join(set, path)));
    expect(hash.digest('hex')).toBe(expected);
  }
  const again = await run(['--recipe', file, '--out', set]);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('holds a data set already');
});

test('--recipe makes pairs: an image, the same with one change, and the difference, linked in the labels', async ({
  out,
}) => {
  const row = { count: 2, prompt: 'chest x-ray, 40 year old man', pair: { sentence: 'older' } };
  const recipe = {
    ...{ version: 1, title: 'Pairs', modelId: 'tiny', seed: 3, numInferenceSteps: 2 },
    ...{ guidanceScale: 1, scheduler: 'flow-match-euler', rows: [row] },
  };
  const file = join(out, 'pairs.json');
  await writeFile(file, JSON.stringify(recipe));
  const set = join(out, 'set');
  const { code, stderr } = await run(['--recipe', file, '--out', set]);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('Error')]);
  const lines = (await readFile(join(set, 'labels.jsonl'), 'utf8')).trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Record<string, string>);
  expect(rows.map(({ pair }) => pair)).toEqual(
    ['0', '0', '2', '2'].map((first) => `pair-0000000${first}`),
  );
  const second = rows[1];
  expect(second).toMatchObject({ change: 'older', prompt: 'chest x-ray, 65 year old man' });
  const difference = decode(await readFile(join(set, second.difference)));
  expect(difference).toMatchObject({ width: 64, height: 64, channels: 1 });
  await writeFile(
    file,
    JSON.stringify({ ...recipe, rows: [{ ...row, pair: { sentence: 'nicer' } }] }),
  );
  const refused = await run(['--recipe', file, '--out', join(out, 'none')]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/RequestInvalid: Row 1: "nicer" names no change/);
});

function run(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolveRun) => {
    const child = spawn(process.execPath, [CLI, '--models', TINY_MODEL, ...args]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolveRun({ code, stdout, stderr }));
  });
}
