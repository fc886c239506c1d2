import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { TINY_MODEL } from './app';

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

for (const [what, args, message] of [
  ['an empty prompt', [''], /RequestInvalid: The prompt is empty/],
  ['a seed that is no integer', ['x', '--seed', '1.5'], /RequestInvalid: --seed .*1\.5/],
  ['0 steps', ['x', '--steps', '0'], /RequestInvalid: .*steps.*got 0/],
  ['1,000 steps', ['x', '--steps', '1000'], /RequestInvalid: .*steps.*got 1000/],
  ['count 0', ['x', '--count', '0'], /RequestInvalid: --count .*got 0/],
  ['a prompt of 10,000 characters', ['x'.repeat(10_000)], /RequestInvalid: .*too long.*10000/],
  ['an unknown model', ['x', '--model', 'nope'], /ModelUnsupported: .*"nope".*tiny/],
  ['an unknown flag', ['x', '--bogus'], /RequestInvalid: .*--bogus/],
  ['an unknown covariate', ['x', '--covariate', 'height=2'], /RequestInvalid: .*height/],
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

function run(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolveRun) => {
    const child = spawn(process.execPath, [CLI, '--models', TINY_MODEL, ...args]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolveRun({ code, stdout, stderr }));
  });
}
