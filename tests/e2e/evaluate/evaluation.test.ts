/** Synthetic against real images, from a terminal and in the page, with the shipped feature networks. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { EvaluationReport } from '../../../src/evaluation/report/report';
import { encodePng } from '../../../src/image/png';
import { expect, SHIPPED, test as base } from '../app';
import { range, writePictures } from './evaluation-folders';

const CLI = resolve(import.meta.dirname, '../../../cli/evaluate.js');

/** `folder`: a path of this name in a place that is gone after the test. */
const test = base.extend<{ folder: (name: string) => string }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
  folder: async ({}, use) => {
    const place = await mkdtemp(join(tmpdir(), 'phantoscope-evaluation-'));
    await use((name) => join(place, name));
    await rm(place, { recursive: true });
  },
});

test('the command line writes a report that names planted copies, a broken file and every figure', async ({
  folder,
}) => {
  await writePictures(folder('real'), range(24));
  await writePictures(folder('synthetic'), range(16, 1000));
  await writePictures(folder('synthetic'), range(4), { mirrored: true });
  await writePictures(folder('holdout'), range(16, 2000));
  await writeFile(join(folder('real'), 'bands', 'broken.png'), 'no png');

  const flags = ['--real', folder('real'), '--synthetic', folder('synthetic')];
  const { code, stdout, stderr } = await run([
    ...flags,
    ...['--holdout', folder('holdout'), '--out', folder('out')],
  ]);
  expect(stderr).toContain('Left out, real: bands/broken.png');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    samples: { real: 24, synthetic: 20, holdout: 16 },
    copyRate: null, // a verdict takes 20 held-out images
  });

  const text = await readFile(join(folder('out'), 'report.json'), 'utf8');
  const report = JSON.parse(text) as EvaluationReport;
  expect(report.kid!.low).toBeLessThan(report.kid!.value);
  expect(report.kid!.high).toBeGreaterThan(report.kid!.value);
  expect(Number.isFinite(report.kid!.floor)).toBe(true);
  expect(report.density).toBeGreaterThanOrEqual(0);
  expect(report.coverage).toBeGreaterThan(0);
  expect(report.msSsim.synthetic!.value).toBeGreaterThan(0);
  expect(report.seconds).toBeGreaterThan(0);
  expect(report.usefulness!.sizes[0].balancedAccuracy).toHaveProperty('synthetic then real');
  const copies = report.copies!.pairs.filter(({ copy }) => copy);
  expect(copies.map(({ synthetic }) => synthetic).sort()).toEqual([
    'bands/mirrored-0.png',
    'bands/mirrored-2.png',
    'stripes/mirrored-1.png',
    'stripes/mirrored-3.png',
  ]);
  for (const { synthetic, real } of copies) expect(real).toBe(synthetic.replace('mirrored-', ''));
  const html = await readFile(join(folder('out'), 'report.html'), 'utf8');
  expect(html).toContain('4 synthetic images (20.0 %');
  expect(html).not.toMatch(/<script|src="http|href="http/);
});

test('folders that are not there, too few images and labels of other files end with exit code 2', async ({
  folder,
}) => {
  await writePictures(folder('real'), range(4));
  await writePictures(folder('one'), [7]);
  await writeFile(folder('labels.csv'), 'file,label\nother.png,normal\n');
  await writePictures(folder('composites'), range(2, 50));
  for (const name of ['a', 'b']) {
    const rgba = new Uint8ClampedArray(64 * 64 * 4).fill(name.charCodeAt(0));
    const says = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic';
    const png = encodePng({ width: 64, height: 64, rgba }, { Comment: says });
    await writeFile(join(folder('composites'), `${name}.png`), await bytesOf(png));
  }
  const real = ['--real', folder('real')];
  const out = ['--out', folder('out')];
  for (const [args, message] of [
    [[...real, ...out], /--synthetic is missing/],
    [[...real, '--synthetic', folder('nowhere'), ...out], /expects a folder/],
    [[...real, '--synthetic', folder('one'), ...out], /too few synthetic images .*got 1/],
    [
      [...real, '--synthetic', folder('real'), '--members', folder('real'), ...out],
      /--members needs real images the model has not seen/,
    ],
    [[...real, '--synthetic', folder('real'), '--members-count', '9', ...out], /Add it/],
    [
      [...real, '--synthetic', folder('real'), '--accept-composites', 'all', ...out],
      /--accept-composites expects a whole number from 0 to 10000000, got "all"/,
    ],
    [
      [...real, '--synthetic', folder('composites'), '--accept-composites', '1', ...out],
      /RequestInvalid: 2 of 4 images .*--accept-composites 2/,
    ],
    [
      [...real, '--synthetic', folder('real'), '--labels', folder('labels.csv'), ...out],
      /The CSV names none of the 4 image files/,
    ],
  ] as const) {
    const { code, stderr } = await run([...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  }
});

test('the page compares two folders, cancels at once, and saves the report', async ({
  page,
  serve,
  studio,
  folder,
}) => {
  await writePictures(folder('real'), range(12));
  await writePictures(folder('synthetic'), range(10, 1000));
  await writePictures(folder('synthetic'), [3], { mirrored: true });
  const { url } = await serve(SHIPPED);
  await studio.open(url);
  await page.getByRole('button', { name: 'Evaluate' }).click();
  const compare = page.getByRole('button', { name: 'Compare', exact: true });
  await expect(compare).toBeDisabled();
  await page
    .getByLabel('Folder: Synthetic images', { exact: true })
    .setInputFiles(folder('synthetic'));
  await page.getByLabel('Folder: Real images', { exact: true }).setInputFiles(folder('real'));
  await page.getByLabel('Train classifiers').uncheck();

  await compare.click();
  await expect(page.getByText('Looking at the images')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(compare).toBeEnabled();
  await expect(page.getByRole('alert')).toHaveCount(0);

  await compare.click();
  await expect(page.getByRole('heading', { name: 'What the comparison says' })).toBeVisible();
  await expect(page.getByText(/^Copies\? No verdict: .* 12 and 11\. 1 of 11 /)).toBeVisible();
  const pairs = page.getByRole('region', { name: 'The nearest pairs', exact: true });
  await expect(pairs.getByRole('img', { name: 'Real: stripes/3.png' }).first()).toBeVisible();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Report (HTML)' }).click();
  const html = await readFile(await (await downloading).path(), 'utf8');
  expect(html).toContain('data:image/jpeg;base64,');
  expect(html).toContain('stripes/mirrored-3.png');

  await page.getByLabel('Name').fill('First try');
  await page.getByRole('button', { name: 'All comparisons' }).click();
  await compare.click(); // the same again: its features are kept
  await page.getByLabel('Beside').selectOption('First try');
  const beside = page.getByRole('region', { name: 'Side by side', exact: true });
  await expect(beside.getByRole('row', { name: /^KID/ })).toContainText('not distinguishable');
  const address = page.url();
  expect(address).toMatch(/#\/evaluate\/.+/);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'What the comparison says' })).toBeVisible();
  await expect(pairs.getByRole('img', { name: 'Real: stripes/3.png' }).first()).toBeVisible();
  await page.goBack();
  const earlier = page.getByRole('region', { name: 'Earlier comparisons' });
  await expect(earlier.getByRole('listitem')).toHaveCount(2);
  await earlier.getByRole('button', { name: 'Delete First try' }).click();
  await earlier.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(earlier.getByRole('listitem')).toHaveCount(1);
  await page.goto(address);

  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);

  await page.setViewportSize({ width: 380, height: 780 });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  expect(studio.consoleErrors).toEqual([]);
});

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

function run(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolveRun) => {
    const child = spawn(process.execPath, [CLI, ...args]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolveRun({ code, stdout, stderr }));
  });
}
