/** Memory and pace of fine-tuning the shipped model on wasm, batch 4, rank 8: `npm run prove-finetune`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { startStaticServer } from '../../../cli/static-server.js';
import { SHIPPED } from '../app';
import { writeDiscs } from './finetune-pages';
import { startKillableBrowser } from '../models/killable-browser';
import { rendererMemory, watchMemory } from '../models/process-memory';

/** Fewer for a trial of this file itself. */
const NUM_STEPS = Number(process.env.PROVE_FINETUNE_STEPS ?? 20);
const NUM_IMAGES = 20;

test('the shipped model, batch 4: peak memory of the renderer, seconds per step', async () => {
  test.skip(platform() !== 'linux', 'memory is read from /proc');
  test.setTimeout(3_600_000);
  const folder = await mkdtemp(join(tmpdir(), 'phantoscope-finetune-'));
  writeDiscs(join(folder, 'discs'), NUM_IMAGES);
  const mount = { prefix: '/images/train/discs/', folder: join(folder, 'discs') };
  const server = await startStaticServer({ mounts: [mount, ...SHIPPED] });
  const browser = await startKillableBrowser(join(folder, 'profile'));
  try {
    const { page, pid } = browser;
    await page.goto(`${server.url}cli.html`);
    const idle = rendererMemory(pid);
    const memory = watchMemory(pid);
    const { pace, ...result } = await page.evaluate(
      async ([count, numSteps]) => {
        const files = Array.from({ length: count }, (_, i) => `discs/disc-${i}.png`);
        const steps: number[] = [];
        const { fileBase64, ...rest } = await window.phantoscope.finetune(
          {
            ...{ files, csv: null, caption: 'chest x-ray', source: 'one', title: 'discs' },
            ...{ choice: 'wasm', settings: { numSteps, numSamples: 2, sampleSteps: 8 } },
          },
          (report) => {
            if (report.stage === 'train') steps.push(report.msPerStep);
          },
        );
        return { ...rest, fileBytes: (fileBase64.length * 3) / 4, pace: steps };
      },
      [NUM_IMAGES, NUM_STEPS] as const,
    );
    memory.stop();
    const peakMB = Math.round(memory.peak.renderers / 1e6);
    const idleMB = Math.round(idle / 1e6);
    console.log(JSON.stringify({ ...result, lastPace: pace.at(-1), idleMB, peakMB }));
    expect(result.steps).toBe(NUM_STEPS);
    expect(pace).toHaveLength(NUM_STEPS);
    // Memory that a laptop of 8 GB can give a page; wasm itself cannot have more than 4 GiB.
    expect(memory.peak.renderers).toBeLessThan(4 * 2 ** 30);
  } finally {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
