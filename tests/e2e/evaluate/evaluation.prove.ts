/**
 * 5,000 against 5,000 pictures of 256² in the Evaluate view: the generic network, KID, density, coverage and copies; then the
 * second network by itself, from features that are kept. Figures go to docs/proofs.md by hand.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, expect, test, type Page } from '@playwright/test';
import { chromiumLaunchOptions } from '../../../cli/chromium.js';
import { DIST } from '../../../cli/install.js';
import { startStaticServer } from '../../../cli/static-server.js';
import type { EvaluationReport } from '../../../src/evaluation/report/report';
import { SHIPPED } from '../app';
import { drawPicture, writePicture } from '../datasets/many-pictures';
import { leaderOf, rendererSeconds, watchMemory } from '../models/process-memory';

/** Fewer for a trial of this file itself. */
const COUNT = Number(process.env.PROVE_EVALUATION_IMAGES ?? 5000);
/** Where pictures of an earlier run are, or stay for the next one. */
const KEPT = process.env.PROVE_EVALUATION_PICTURES;
const COPIES = Math.round(COUNT / 100);
const MAX_SECONDS = 600;
const MAX_BYTES = 1.5e9;

test('5,000 against 5,000 pictures within ten minutes and 1.5 GB, with progress and cancel', async () => {
  test.skip(platform() !== 'linux', 'memory is read from /proc');
  test.setTimeout(5_400_000);
  const place = await mkdtemp(join(tmpdir(), 'phantoscope-evaluation-'));
  const pictures = KEPT ?? place;
  const folders = { real: join(pictures, 'real'), synthetic: join(pictures, 'synthetic') };
  if (!existsSync(folders.real)) await drawAll(folders);
  const manifest = JSON.parse(
    await readFile(join(DIST, 'model-manifest.json'), 'utf8'),
  ) as Manifest;
  const mount = join(place, 'manifest');
  await mkdir(mount);
  const offer = (networks: unknown[]) =>
    writeFile(
      join(mount, 'model-manifest.json'),
      JSON.stringify({ ...manifest, evaluation: { ...manifest.evaluation, networks } }),
    );
  await offer(manifest.evaluation.networks.slice(0, 1));
  const server = await startStaticServer({ mounts: [{ prefix: '/', folder: mount }, ...SHIPPED] });
  const cancelled = await open(join(place, 'cancelled'), server.url);
  await choose(cancelled.page, folders);
  await cancelled.page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(cancelled.page.getByText(/[1-9]\d* of \d+ images/)).toBeVisible();
  const msCancel = await cancel(cancelled.page);
  await cancelled.close();

  const { page, pid, close } = await open(join(place, 'profile'), server.url);
  try {
    await choose(page, folders);
    const first = await compare(page, pid);
    console.log(JSON.stringify({ count: COUNT, msCancel, ...first.facts }));

    await offer(manifest.evaluation.networks);
    await page.reload();
    await choose(page, folders);
    await page.getByLabel('Look for copies').uncheck();
    const second = await compare(page, pid);
    console.log(JSON.stringify({ secondNetwork: true, ...second.facts }));

    const { report } = first;
    expect(report.samples).toMatchObject({ real: COUNT, synthetic: COUNT });
    expect(report.networks).toHaveLength(1);
    expect(report.skipped).toEqual([]);
    for (const value of [report.kid!.value, report.density!, report.coverage!]) {
      expect(Number.isFinite(value)).toBe(true);
    }
    // One in a hundred was planted, mirrored.
    expect(report.copies!.count).toBeGreaterThanOrEqual(0.95 * COPIES);
    expect(report.copies!.count).toBeLessThanOrEqual(COPIES + 0.01 * COUNT);
    expect(second.report.networks).toHaveLength(2);
    expect(msCancel).toBeLessThan(2000);
    // Of the whole run, by the clock that the user sees.
    expect(first.facts.seconds).toBeLessThan(MAX_SECONDS);
    expect(first.facts.peakBytes).toBeLessThan(MAX_BYTES);
    expect(second.facts.peakBytes).toBeLessThan(MAX_BYTES);
    // Every stage tells how far it is.
    expect(first.facts.stages).toEqual(
      expect.arrayContaining(['Looking at the images', 'Comparing features', 'Looking for copies']),
    );
    expect(first.facts.progressSeen).toBeGreaterThan(COUNT >= 1000 ? 50 : 5);
  } finally {
    await close();
    await server.close();
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** The studio in a browser that has kept nothing yet. */
async function open(profile: string, url: string) {
  const context = await chromium.launchPersistentContext(profile, {
    ...chromiumLaunchOptions(),
    serviceWorkers: 'block', // it would keep the first manifest
  });
  const page = await context.newPage();
  await page.goto(url);
  return { page, pid: leaderOf(profile), close: () => context.close() };
}

interface Manifest {
  evaluation: { networks: unknown[] };
}

async function drawAll(folders: { real: string; synthetic: string }) {
  for (let k = 0; k < COUNT; k++) {
    await writePicture(folders.real, `${k}`, drawPicture(k + 1));
    const copied = k < COPIES;
    const made = copied
      ? drawPicture(k + 1, { mirrored: true })
      : drawPicture(k + 1 + 10 * COUNT, { coarse: k % 2 === 0 });
    await writePicture(folders.synthetic, copied ? `copy-${k}` : `${k}`, made);
  }
}

async function choose(page: Page, { real, synthetic }: { real: string; synthetic: string }) {
  await page.getByRole('button', { name: 'Evaluate' }).click();
  await page.getByLabel('Folder: Synthetic images', { exact: true }).setInputFiles(synthetic);
  await page.getByLabel('Folder: Real images', { exact: true }).setInputFiles(real);
  await page.getByLabel('Train classifiers').uncheck();
}

/** Milliseconds from the click until another run can start. */
async function cancel(page: Page): Promise<number> {
  const start = performance.now();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Compare', exact: true })).toBeEnabled();
  return Math.round(performance.now() - start);
}

/** Runs the comparison to its end, watching its progress and the memory of the renderers. */
async function compare(page: Page, pid: number) {
  const memory = watchMemory(pid, 500);
  const start = performance.now();
  const usedBefore = rendererSeconds(pid);
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  const heading = page.getByRole('heading', { name: 'What the comparison says' });
  const bar = page.getByRole('progressbar');
  const seen = new Set<string>();
  while (!(await heading.isVisible())) {
    const stage = await bar.getAttribute('aria-label', { timeout: 1000 }).catch(() => null);
    const value = await bar.getAttribute('value', { timeout: 1000 }).catch(() => null);
    if (stage) seen.add(`${stage}|${Number(value).toFixed(3)}`);
    await expect(page.getByRole('alert')).toHaveCount(0);
    await sleep(250);
  }
  const seconds = (performance.now() - start) / 1000;
  memory.stop();
  // On a machine that does other things too, this says more than the clock.
  const processorSeconds = Math.round(rendererSeconds(pid) - usedBefore);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Figures (JSON)' }).click();
  const text = await readFile(await (await downloading).path(), 'utf8');
  const report = JSON.parse(text) as EvaluationReport;
  const stages = [...new Set([...seen].map((one) => one.split('|')[0]))];
  const { secondsByStage, kid, density, coverage, copies } = report;
  return {
    report,
    facts: {
      ...{
        seconds,
        processorSeconds,
        secondsByStage,
        peakBytes: memory.peak.renderers,
        progressSeen: seen.size,
      },
      ...{ stages, kid, density, coverage },
      ...{ copies: copies?.count, threshold: copies?.threshold },
    },
  };
}
