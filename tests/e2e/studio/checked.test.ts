import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { decode } from 'fast-png';
import { readRequest } from '../../../src/image/synthetic-texts';
import type { GenerationRequest } from '../../../src/contract/request';
import { expect, SHIPPED } from '../app';
import { test } from '../tiny-with-networks';

const ROOT = resolve(import.meta.dirname, '../../..');
/** What the untrained fixture draws is normal tissue to the shipped label network, whatever is asked for. */
const SEEN = 'breast ultrasound, normal tissue';
const UNSEEN = 'breast ultrasound, benign lesion';

test('--check keeps what is confirmed, marks what is not, and its seed draws the same picture', async ({
  place,
}) => {
  const flags = ['--seed', '7', '--steps', '2', '--backend', 'wasm', '--out', join(place, 'out')];
  const [first] = lines(await run(place, [SEEN, ...flags, '--check', '3']));
  expect(first.checked).toMatchObject({ confirmed: true, called: 'normal tissue', tries: 1 });
  expect(first.seed).toBe(7);

  const [kept] = lines(await run(place, [UNSEEN, ...flags, '--check', '3']));
  expect(kept.checked).toMatchObject({ confirmed: false, called: 'normal tissue', tries: 3 });
  const saved = (await requestIn(kept.file))!;
  expect(saved.checked).toMatchObject({ asked: ['benign lesion'], maxTries: 3, firstSeed: 7 });
  expect(saved).not.toHaveProperty('check');
  expect(saved.seed).toBe(kept.seed);

  const seed = ['--seed', String(kept.seed)];
  const [again] = lines(await run(place, [UNSEEN, ...flags, ...seed]));
  expect(again).not.toHaveProperty('checked');
  expect(await pixels(again.file)).toEqual(await pixels(kept.file));
});

test('--check with a prompt that names no label ends with what to do', async ({ place }) => {
  const out = ['--out', join(place, 'out'), '--check', '3'];
  const { code, stderr } = await run(place, ['breast ultrasound', ...out]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/RequestInvalid: There is nothing to check.*Say in the prompt/);
});

test('a recipe leaves out what is never confirmed, and its card says so', async ({ place }) => {
  const out = join(place, 'out');
  const prompt = 'breast ultrasound, {finding}';
  const finding = ['normal tissue', 'benign lesion'].map((value) => ({ value, share: 1 }));
  const recipe = {
    ...{ version: 1, title: 'Checked', modelId: 'tiny', seed: 7, numInferenceSteps: 2 },
    ...{ guidanceScale: 1, scheduler: 'flow-match-euler' },
    check: { networkId: 'label-network', maxTries: 2, unconfirmed: 'drop' },
    rows: [{ count: 4, prompt, words: { finding }, covariates: {} }],
  };
  const file = join(place, 'checked.recipe.json');
  await writeFile(file, JSON.stringify(recipe));
  const { code, stderr } = await run(place, ['--recipe', file, '--out', out, '--backend', 'wasm']);
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  const labels = (await readFile(join(out, 'labels.jsonl'), 'utf8')).trimEnd().split('\n');
  const rows = labels.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows.map(({ prompt }) => prompt)).toEqual([SEEN, SEEN]);
  for (const row of rows) expect(row).toMatchObject({ check_confirmed: 'yes', check_tries: 1 });
  const card = await readFile(join(out, 'README.md'), 'utf8');
  expect(card).toContain('2 more were never confirmed and are left out');
  expect(card).toContain('Do not judge this data set by that network.');
});

test('the studio says what it looks for, what came of it, and that there is nothing to check', async ({
  place,
  serve,
  studio,
}) => {
  const server = await serve([{ prefix: '/', folder: place }, ...SHIPPED]);
  const { page } = studio;
  await studio.open(server.url);
  const box = page.getByRole('checkbox', { name: 'Check while drawing' });
  await box.check();
  await studio.prompt.fill('breast ultrasound');
  await expect(page.getByText('There is nothing to check')).toBeVisible();
  await studio.prompt.fill(UNSEEN);
  await expect(page.getByText('Draws until it sees benign lesion.')).toBeVisible();
  await studio.setNumber('Tries', 2);
  await studio.makeImage(UNSEEN, 2);
  await expect(page.getByText(/not confirmed in 2 tries: benign lesion \d+ %/)).toBeVisible();
  await studio.makeImage(SEEN, 2);
  await expect(page.getByText(/checked: normal tissue \d+ %, try 1 of 2/)).toBeVisible();

  await page.getByRole('button', { name: 'Use these settings' }).click();
  await expect(box).toBeChecked();
  await studio.galleryPictures().last().click();
  await page.getByRole('button', { name: 'Use these settings' }).click();
  await expect(box).not.toBeChecked();
  expect(studio.consoleErrors).toEqual([]);
});

interface Line {
  file: string;
  seed: number;
  checked?: { confirmed: boolean; called: string; tries: number };
}

function lines({ stdout, stderr }: { stdout: string; stderr: string }): Line[] {
  if (stdout === '') throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

async function requestIn(file: string): Promise<GenerationRequest | null> {
  return readRequest(new Blob([await readFile(file)]));
}

async function pixels(file: string) {
  return decode(await readFile(file)).data;
}

function run(
  models: string,
  args: string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolveRun) => {
    const cli = resolve(ROOT, 'cli/generate.js');
    const child = spawn(process.execPath, [cli, '--models', models, ...args]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolveRun({ code, stdout, stderr }));
  });
}
