/** 2,000 images through a recipe on the fixture model, a reload in the middle, then a ZIP of all of them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, type Page } from '@playwright/test';
import { startStaticServer } from '../../../cli/static-server.js';
import { TINY } from '../app';
import { hash, makeRecipe, openDatasets, recipeFor, unzip, withoutPicker } from './dataset-pages';
import { startKillableBrowser } from '../models/killable-browser';
import { rendererMemory, watchMemory } from '../models/process-memory';

/** Fewer for a trial of this file itself. */
const COUNT = Number(process.env.PROVE_DATASETS_IMAGES ?? 2000);
/** The memory of the last so many images is compared with that of the first. */
const WINDOW = COUNT / 10;

interface Sample {
  numDone: number;
  bytes: number;
}

test('2,000 images: none lost, none twice, memory flat, then a ZIP of all within bounded memory', async () => {
  test.skip(platform() !== 'linux', 'memory is read from /proc');
  test.setTimeout(7_200_000);
  const profile = await mkdtemp(join(tmpdir(), 'phantoscope-datasets-'));
  const server = await startStaticServer({ mounts: TINY });
  const browser = await startKillableBrowser(profile);
  const { page, pid } = browser;
  try {
    await withoutPicker(page);
    await page.goto(server.url);
    await makeRecipe(page, await recipeFor(server.url, 'Two thousand', COUNT));
    const start = performance.now();
    const before = await sampleUntil(page, pid, COUNT / 2);
    await page.reload();
    await openDatasets(page);
    const after = await sampleUntil(page, pid, COUNT);
    const msPerImage = (performance.now() - start) / COUNT;
    const first = meanBytes(before, WINDOW / 4, WINDOW);
    const windows = {
      first,
      lastBeforeReload: meanBytes(before, COUNT / 2 - WINDOW, COUNT / 2),
      firstAfterReload: meanBytes(after, COUNT / 2 + WINDOW / 4, COUNT / 2 + WINDOW),
      last: meanBytes(after, COUNT - WINDOW, COUNT),
    };
    console.log(JSON.stringify({ count: COUNT, msPerImage, windows, ratio: windows.last / first }));

    await page.getByRole('button', { name: 'Two thousand', exact: true }).click();
    await expect(page.getByText(`${COUNT} shown`)).toBeVisible();
    const idle = rendererMemory(pid);
    const zipping = watchMemory(pid);
    const zipStart = performance.now();
    await page.getByRole('button', { name: 'Export …' }).click();
    const downloading = page.waitForEvent('download', { timeout: 1_800_000 });
    await page.getByRole('button', { name: 'Save the ZIP' }).click();
    const download = await downloading;
    const msZip = performance.now() - zipStart;
    zipping.stop();
    const files = await unzip(download);
    const images = [...files].filter(([path]) => path.startsWith('images/'));
    const hashes = new Set(images.map(([, bytes]) => hash(bytes)));
    const zipBytes = images.reduce((sum, [, bytes]) => sum + bytes.length, 0);
    const growth = zipping.peak.renderers - idle;
    console.log(JSON.stringify({ msZip, zipBytes, idle, peak: zipping.peak, growth }));

    expect(images).toHaveLength(COUNT);
    expect(hashes.size).toBe(COUNT);
    expect(windows.last / first).toBeLessThan(1.1);
    expect(windows.last / windows.firstAfterReload).toBeLessThan(1.1);
    expect(growth).toBeLessThan(128 * 2 ** 20);
  } finally {
    await browser.close();
    await server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** Twice a second, until so many images are made. */
async function sampleUntil(page: Page, pid: number, end: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const line = page.getByText(/^\d+( of \d+)? · /).first();
  for (;;) {
    const numDone = Number.parseInt((await line.textContent()) ?? '0', 10);
    samples.push({ numDone, bytes: rendererMemory(pid) });
    if (numDone >= end) return samples;
    await sleep(500);
  }
}

function meanBytes(samples: Sample[], from: number, to: number): number {
  const inside = samples.filter(({ numDone }) => numDone >= from && numDone <= to);
  return inside.reduce((sum, { bytes }) => sum + bytes, 0) / inside.length;
}
