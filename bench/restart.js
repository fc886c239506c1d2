/**
 * Measures what it costs that an idle inference worker was let go of: when a picture begins with a worker that was kept,
 * with one that starts then, and with one that was started again beforehand. The built app in a headless Chromium, the
 * shipped model on wasm, in milliseconds after the picture was asked for.
 *
 *     node bench/restart.js [--rounds N]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureChromium } from '../cli/ensure-chromium.js';
import { ensureBuilt, ensureInstalled, requireNode } from '../cli/install.js';
import { exampleRequest, median, openStudio } from './visits.js';

/**
 * @typedef {import('../cli/app-browser.js').HeadlessApp} HeadlessApp
 * @typedef {import('../src/contract/request.ts').GenerationRequest} GenerationRequest
 * @typedef {'kept' | 'restarted' | 'woken'} Kind
 * @typedef {Record<string, number>} Times  When each stage was first reported.
 */

/** The stages that are told, by the names that `draw` gives them. */
const STAGES = [
  ...['compile textEncoder', 'compile unet', 'compile vaeDecoder', 'encode', 'denoise 0'],
  ...['denoise 1', 'save'],
];

requireNode();
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
ensureInstalled();
ensureBuilt();
await ensureChromium();
const { openHeadlessApp } = await import('../cli/app-browser.js');

const profile = mkdtempSync(join(tmpdir(), 'phantoscope-restart-'));
let port = 0;
try {
  await visit(async (app) => {
    await openStudio(app); // installs the model, and the service worker by which compiled code is kept
    await app.page.waitForTimeout(4000); // it is written a while after it was used
  });
  console.error('measuring …');
  for (const [kind, all] of Object.entries(await visit(measure))) {
    const medians = STAGES.flatMap((stage) =>
      stage in (all[0] ?? {})
        ? [`${stage} ${Math.round(median(all.map((times) => times[stage] ?? NaN)))}`]
        : [],
    );
    console.log(`${kind}: ${medians.join(', ')}`);
    console.log(`  denoise 0 of each: ${all.map((times) => times['denoise 0']).join(', ')}`);
  }
} finally {
  rmSync(profile, { recursive: true, force: true });
}

/**
 * @template T
 * @param {(app: HeadlessApp) => Promise<T>} work
 */
async function visit(work) {
  const app = await openHeadlessApp({ profile, port });
  port = app.server.port;
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** @param {HeadlessApp} app */
async function measure(app) {
  await app.page.addInitScript(holdIdleTimer);
  await app.page.reload();
  await app.page.waitForFunction(() => 'phantoscope' in window);
  const manifest = await app.call('manifest', []);
  const entry = manifest.models.find(({ id }) => id === manifest.defaultModel);
  if (!entry) throw new Error('The manifest lacks its default model. Build the app again.');
  const request = exampleRequest(entry);
  const drawn = async (/** @type {Kind} */ kind) => {
    await app.page.waitForTimeout(2500); // self-tests run behind the picture before
    return app.page.evaluate(draw, { request, kind });
  };
  await drawn('kept');
  const all = /** @type {Record<Kind, Times[]>} */ ({ kept: [], restarted: [], woken: [] });
  for (let round = 0; round < Number(values.rounds); round++) {
    all.restarted.push(await drawn('restarted'));
    all.woken.push(await drawn('woken'));
    await drawn('kept'); // the runtime's code is fast from its second picture on
    all.kept.push(await drawn('kept'));
  }
  return all;
}

/** Runs in the page, before its scripts: what would end an idle worker in ten minutes ends it when `letGo` is called. */
function holdIdleTimer() {
  const page = /** @type {any} */ (window);
  const wait = window.setTimeout.bind(window);
  page.setTimeout = (/** @type {() => void} */ work, /** @type {number} */ ms) => {
    if (ms >= 600_000) page.letGo = work;
    return wait(work, ms);
  };
}

/**
 * Runs in the page.
 *
 * @param {{ request: GenerationRequest, kind: Kind }} asked
 * @returns {Promise<Times>}
 */
async function draw({ request, kind }) {
  const page = /** @type {any} */ (window);
  if (kind !== 'kept') page.letGo();
  if (kind === 'woken') await page.phantoscope.prepare(request.modelId, 'wasm');
  const start = performance.now();
  const times = /** @type {Times} */ ({});
  await page.phantoscope.generate(request, 'wasm', (/** @type {any} */ progress) => {
    const { stage, component, step } = progress;
    const name = [stage, component, step].filter((part) => part !== undefined).join(' ');
    times[name] ??= Math.round(performance.now() - start);
  });
  return times;
}
