/** Does a segmenter gain by synthetic images and masks? From a terminal, with the shipped networks. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encode } from 'fast-png';
import type { EvaluationReport } from '../../../src/evaluation/report/report';
import { expect, SHIPPED, test as base } from '../app';
import { range } from '../evaluate/evaluation-folders';

const CLI = resolve(import.meta.dirname, '../../../cli/evaluate.js');
const WIDTH = 160;
const HEIGHT = 128;

const test = base.extend<{ folder: (name: string) => string }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
  folder: async ({}, use) => {
    const place = await mkdtemp(join(tmpdir(), 'phantoscope-segmentation-'));
    await use((name) => join(place, name));
    await rm(place, { recursive: true });
  },
});

test('images and masks, as data sets are exported, give Dice and instance F1 for every arm', async ({
  folder,
}) => {
  test.setTimeout(600_000);
  await writePairs(folder('real'), range(12), 'images');
  await writePairs(folder('synthetic'), range(10, 400), 'beside');
  await writePairs(folder('holdout'), range(6, 900), 'images');
  const small = { width: 8, height: 8, data: new Uint8Array(64), channels: 1 as const };
  await writeFile(join(folder('real'), 'masks', '3.png'), encode({ ...small, depth: 8 }));

  const flags = ['--real', folder('real'), '--synthetic', folder('synthetic')];
  const { code, stderr } = await run([
    ...[...flags, '--holdout', folder('holdout'), '--out', folder('out')],
    ...['--masks', '--steps', '25', '--no-copies', '--no-usefulness'],
  ]);
  expect(stderr).toContain('masks/3.png: The mask has another size than its image');
  expect(code).toBe(0);

  const text = await readFile(join(folder('out'), 'report.json'), 'utf8');
  const report = JSON.parse(text) as EvaluationReport;
  expect(report.samples).toEqual({ real: 12, synthetic: 10, holdout: 6 });
  const { segmentation } = report.usefulness!;
  expect(segmentation).toMatchObject({ seeds: 5, steps: 25, test: 'holdout', numTest: 6 });
  expect(segmentation!.sizes.map(({ numReal }) => numReal)).toEqual([11]);
  const [{ dice, instanceF1 }] = segmentation!.sizes;
  for (const table of [dice, instanceF1]) {
    expect(Object.keys(table)).toEqual(['real', 'synthetic', 'mixed', 'synthetic then real']);
    for (const { value, bySeed } of Object.values(table)) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
      expect(bySeed).toHaveLength(5);
    }
  }
  // Bright discs on a dark ground: twice the steps must find most of them.
  expect(dice['synthetic then real'].value).toBeGreaterThan(0.7);
  const html = await readFile(join(folder('out'), 'report.html'), 'utf8');
  expect(html).toContain('Usefulness: segmentation');
  expect(html).toContain('11 real images and masks');
});

test('the page trains segmenters on folders with masks, and asks a model for its training images', async ({
  page,
  serve,
  studio,
  folder,
}) => {
  test.setTimeout(600_000);
  await writePairs(folder('real'), range(8), 'images');
  await writePairs(folder('synthetic'), range(8, 400), 'beside');
  await writePairs(folder('holdout'), range(8, 900), 'images');
  await writeNoise(folder('members'), range(8, 1500));
  await writeFile(join(folder('members'), 'broken.png'), 'no png');
  const { url } = await serve(SHIPPED);
  await studio.open(url);
  await page.getByRole('button', { name: 'Evaluate' }).click();
  const choose = (title: string, name: string) =>
    page.getByLabel(`Folder: ${title}`, { exact: true }).setInputFiles(folder(name));
  await choose('Synthetic images', 'synthetic');
  await choose('Real images', 'real');
  await page.getByLabel('Train classifiers').uncheck();
  await page.getByLabel('Look for copies').uncheck();
  await page.getByLabel('Train segmenters').check();
  await page.getByLabel('Steps of each training').fill('2');
  const compare = page.getByRole('button', { name: 'Compare', exact: true });
  await expect(compare).toBeEnabled();
  await page.getByLabel('Membership: does a model').selectOption('Phantoscope Medical 256');
  await expect(compare).toBeDisabled();
  await expect(page.getByText('The membership test needs images')).toBeVisible();
  await choose('Real images, held out (optional)', 'holdout');
  await choose('Images the model was trained on', 'members');

  await compare.click();
  await expect(page.getByRole('heading', { name: 'What the comparison says' })).toBeVisible({
    timeout: 500_000,
  });
  const known = page.getByRole('region', { name: /^Membership/ });
  await expect(known.getByText(/8 training images .* 8 held out/)).toBeVisible();
  await expect(known.getByRole('row')).toHaveCount(6);
  // Noise is harder to predict than discs, so these "training images" have the higher loss, every one of them.
  await expect(known.getByRole('row', { name: /^all levels 0\.000/ })).toBeVisible();
  await expect(page.getByText(/^Memorised\? Membership AUC 0\.000/)).toBeVisible();
  await expect(page.getByText(/members: broken\.png/)).toBeAttached();
  const useful = page.getByRole('region', { name: 'Usefulness: does a segmenter gain?' });
  await expect(useful.getByRole('row', { name: /^8 mixed/ })).toBeVisible();
  expect(studio.consoleErrors).toEqual([]);
});

test('too few masks are told in the report, and flags that do not fit end with exit code 2', async ({
  folder,
}) => {
  test.setTimeout(300_000);
  await writePairs(folder('real'), range(12), 'images');
  await writePairs(folder('synthetic'), range(10, 400), 'beside');
  for (const seed of range(8, 400)) await rm(join(folder('synthetic'), `discs/${seed}.mask.png`));
  const flags = ['--real', folder('real'), '--synthetic', folder('synthetic')];
  const out = ['--out', folder('out')];
  const refused = await run([...flags, ...out, '--steps', '5']);
  expect(refused.stderr).toContain('Add --masks or --classifier');
  expect(refused.code).toBe(2);

  const masks = [...flags, ...out, '--masks', '--no-copies', '--no-usefulness'];
  const { code, stderr } = await run(masks);
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  const text = await readFile(join(folder('out'), 'report.json'), 'utf8');
  const report = JSON.parse(text) as EvaluationReport;
  expect(report.usefulness).toBeNull();
  expect(report.usefulnessRefusal).toMatch(
    /too few synthetic images with a mask \(expected at least 4, got 2\)/,
  );
});

/** Bright discs on a dark ground, wider than high, and their instance masks. */
async function writePairs(folder: string, seeds: number[], layout: 'images' | 'beside') {
  const exported = layout === 'images';
  await mkdir(join(folder, exported ? 'images' : 'discs'), { recursive: true });
  if (exported) await mkdir(join(folder, 'masks'), { recursive: true });
  for (const seed of seeds) {
    const [image, mask] = draw(seed);
    const names = exported
      ? [`images/${seed}.png`, `masks/${seed}.png`]
      : [`discs/${seed}.png`, `discs/${seed}.mask.png`];
    for (const [i, data] of [image, mask].entries()) {
      const png = encode({ width: WIDTH, height: HEIGHT, data, channels: 1, depth: 8 });
      await writeFile(join(folder, names[i]), png);
    }
  }
}

/** Grey noise without any structure. */
async function writeNoise(folder: string, seeds: number[]) {
  await mkdir(folder, { recursive: true });
  for (const seed of seeds) {
    let state = seed;
    const data = Uint8Array.from({ length: 128 * 128 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    const png = encode({ width: 128, height: 128, data, channels: 1, depth: 8 });
    await writeFile(join(folder, `${seed}.png`), png);
  }
}

function draw(seed: number): [Uint8Array, Uint8Array] {
  const image = new Uint8Array(WIDTH * HEIGHT);
  const mask = new Uint8Array(WIDTH * HEIGHT);
  for (let i = 0; i < image.length; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    image[i] = 60 + Math.round(20 * Math.sin((x + 13 * seed) / 11));
    for (const id of [1, 2]) {
      const [cx, cy] = [40 + ((seed * 31 * id) % 80), 24 + ((seed * 17 + 53 * id) % 80)];
      if ((x - cx) ** 2 + (y - cy) ** 2 > (14 + id) ** 2) continue;
      mask[i] = id;
      image[i] = 200;
    }
  }
  return [image, mask];
}

function run(args: string[]): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolveRun) => {
    const child = spawn(process.execPath, [CLI, ...args]);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolveRun({ code, stderr }));
  });
}
