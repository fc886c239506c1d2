/**
 * Measures the built app in a headless Chromium.
 *
 *     npm run bench [-- --json] [--write] [--webgpu] [--steps N] [--images N] [--models DIR] [--model ID]
 *
 * --json: one JSON object on stdout. --write: docs/benchmarks.md as well, up to its first section. --webgpu: measure a
 * software adapter too, which is slow and says nothing about GPUs. --models: see cli/generate.js.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureChromium } from '../cli/ensure-chromium.js';
import { ROOT, ensureBuilt, ensureInstalled, requireNode } from '../cli/install.js';
import { describeResult } from './report.js';
import { exampleRequest, laterVisits, median, openStudio } from './visits.js';

/**
 * @typedef {object} BackendResult
 * @property {string} device
 * @property {number} overheadRatio  generate() without previews over its bare session runs, median.
 * @property {number | null} readBackRatio  The same loop with latents read back in each step, over the one that leaves
 *   them on the GPU; null on wasm.
 * @property {number} msPerStep      Median of the images.
 * @property {number} msTotal        Median of the images; prompt to pixels, the PNG not included.
 * @property {number} msFirstImage   The first one, which also compiles what is compiled late.
 * @property {number} msLoad         Installed weights to sessions that passed their self-tests, the runtime's start included.
 * @property {number} loadMBps       Weights over msLoad.
 * @property {{ cold: import('../src/contract/benchmark.ts').StageTimes, warm: import('../src/contract/benchmark.ts').StageTimes }} stages
 *
 * @typedef {object} BenchResult
 * @property {string} model
 * @property {number} steps
 * @property {number} guidanceScale
 * @property {number} images
 * @property {number} threads
 * @property {number} firstVisitBytes    On the wire from an empty browser to the first image; text and wasm gzipped.
 * @property {number} weightBytes
 * @property {number} shellBytes         Of firstVisitBytes, what is neither weights nor runtime.
 * @property {number} runtimeBytes       ONNX Runtime and tokenizer library: fetched to load a model, not before.
 * @property {number} msReady            From opening the page to a model that is ready, on the CPU, everything stored: median of
 *   three visits, each in a browser of its own.
 * @property {number} rawReadMBps        The same Blobs from IndexedDB and nothing else.
 * @property {Record<string, BackendResult>} backends
 * @property {{ cpu: string, cores: number, browser: string, node: string, date: string }} machine
 */

requireNode();
const options = readOptions();
ensureInstalled();
ensureBuilt();
await ensureChromium();
const { openHeadlessApp } = await import('../cli/app-browser.js');

// The same profile and port each time, and so the same stores.
let port = 0;
const profile = mkdtempSync(join(tmpdir(), 'phantoscope-bench-'));
try {
  const result = await measure();
  if (options.write) writeBenchmarks(describeResult(result));
  const wasm = result.backends.wasm;
  // The figures of the default backend also stand at the top, where scripts look for them.
  const { overheadRatio, msPerStep, msTotal, loadMBps } = wasm ?? Object.values(result.backends)[0];
  const flat = { overheadRatio, msPerStep, msTotal, loadMBps, ...result };
  console.log(options.json ? JSON.stringify(flat) : describeResult(result));
} finally {
  rmSync(profile, { recursive: true, force: true });
}

/**
 * What stands in the file from its first section on is written by hand, and stays.
 *
 * @param {string} measured
 */
function writeBenchmarks(measured) {
  const path = join(ROOT, 'docs/benchmarks.md');
  const [, ...sections] = readFileSync(path, 'utf8').split(/^(?=## )/m);
  writeFileSync(path, [measured, ...sections].join(sections.length > 0 ? '\n' : ''));
}

/** @returns {Promise<BenchResult>} */
async function measure() {
  const visit = await firstVisit();
  const backends = /** @type {Record<string, BackendResult>} */ ({});
  for (const backend of visit.backends) {
    say(
      `${backend}: loading and ${options.images} images of ${visit.request.numInferenceSteps} steps`,
    );
    backends[backend] = await measureBackend(backend, visit);
  }
  const msReady = median(await laterVisits(open));
  const { request, threads, firstVisitBytes, weightBytes, shellBytes, runtimeBytes } = visit;
  return {
    model: request.modelId,
    steps: request.numInferenceSteps,
    guidanceScale: request.guidanceScale,
    images: options.images,
    threads,
    firstVisitBytes,
    weightBytes,
    shellBytes,
    runtimeBytes,
    msReady: round(msReady, 0),
    rawReadMBps: round(visit.rawReadMBps, 1),
    backends,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      browser: `Chromium ${visit.browserVersion}`,
      node: process.version,
      date: new Date().toISOString().slice(0, 10),
    },
  };
}

/** An empty browser: installs the model, makes one image in the studio's own way, and counts at the server. */
async function firstVisit() {
  say('first visit');
  const app = await open();
  try {
    const manifest = await app.call('manifest', []);
    const entry = manifest.models.find(({ id }) => id === (options.model ?? manifest.defaultModel));
    if (!entry) throw new Error('The manifest has no such model.');
    const request = exampleRequest(entry, options.steps);
    // The studio page is what a visitor opens; once it names its backend, the model is ready and all is fetched.
    await openStudio(app);
    await app.page.goto(`${app.server.url}cli.html`);
    await app.page.waitForFunction(() => 'phantoscope' in window);
    await app.call('generate', [request, 'wasm']);

    const served = app.server.log.filter(({ path }) => !/\/cli(\.html|-|$)|compare-/.test(path));
    const sum = (/** @type {RegExp} */ pattern) =>
      served
        .filter(({ path }) => pattern.test(path))
        .reduce((total, { bytes }) => total + bytes, 0);
    const [firstVisitBytes, weightBytes, runtimeBytes] = [
      sum(/./),
      sum(/^\/models\//),
      sum(/\/assets\/(ort-wasm|runtime-)/),
    ];
    return {
      request,
      firstVisitBytes,
      weightBytes,
      runtimeBytes,
      shellBytes: firstVisitBytes - weightBytes - runtimeBytes,
      browserVersion: app.browserVersion,
      threads: await app.page.evaluate(() => Math.min(4, navigator.hardwareConcurrency)),
      backends: (await hasGpu(app)) || options.webgpu ? ['wasm', 'webgpu'] : ['wasm'],
      rawReadMBps: await rawReadMBps(app, entry.id),
    };
  } finally {
    await app.close();
  }
}

/**
 * @param {string} backend
 * @param {Awaited<ReturnType<typeof firstVisit>>} visit
 * @returns {Promise<BackendResult>}
 */
async function measureBackend(backend, { request }) {
  const app = await open();
  try {
    const { bytes } = await app.call('readWeights', [request.modelId]);
    const { modelId, numInferenceSteps } = request;
    const measured = await app.call('benchmark', [
      { modelId, choice: backend, numInferenceSteps, numImages: options.images },
    ]);
    const { msLoad, cold, warm, overheadRatio, readBackRatio } = measured;
    return {
      device: measured.backend.device,
      overheadRatio: round(overheadRatio, 4),
      readBackRatio: readBackRatio === null ? null : round(readBackRatio, 4),
      msPerStep: round(warm.msStep, 1),
      msTotal: round(warm.msTotal, 1),
      msFirstImage: round(cold.msTotal, 1),
      msLoad: round(msLoad, 1),
      loadMBps: round(bytes / 1e3 / msLoad, 1),
      stages: { cold: roundAll(cold), warm: roundAll(warm) },
    };
  } finally {
    await app.close();
  }
}

async function open() {
  const mounts = options.models ? [{ prefix: '/', folder: resolve(options.models) }] : [];
  const app = await openHeadlessApp({ mounts, profile, port });
  port = app.server.port;
  return app;
}

/** @param {import('../cli/app-browser.js').HeadlessApp} app */
function hasGpu(app) {
  return app.page.evaluate(async () => {
    const adapter = await navigator.gpu?.requestAdapter();
    return adapter ? !adapter.info.isFallbackAdapter : false;
  });
}

/**
 * @param {import('../cli/app-browser.js').HeadlessApp} app
 * @param {string} modelId
 */
async function rawReadMBps(app, modelId) {
  const rates = [];
  for (let i = 0; i < 3; i++) {
    const { bytes, ms } = await app.call('readWeights', [modelId]);
    rates.push(bytes / 1e3 / ms);
  }
  return median(rates);
}

/**
 * @param {number} value
 * @param {number} digits
 */
function round(value, digits) {
  return Number(value.toFixed(digits));
}

/**
 * @param {import('../src/contract/benchmark.ts').StageTimes} stages
 * @returns {import('../src/contract/benchmark.ts').StageTimes}
 */
function roundAll({ msEncode, msStep, msDecode, msTotal }) {
  const to = (/** @type {number} */ ms) => round(ms, 1);
  return {
    msEncode: to(msEncode),
    msStep: to(msStep),
    msDecode: to(msDecode),
    msTotal: to(msTotal),
  };
}

/** @param {string} text */
function say(text) {
  console.error(`${text} …`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        webgpu: { type: 'boolean', default: false },
        steps: { type: 'string' },
        images: { type: 'string', default: '3' },
        models: { type: 'string' },
        model: { type: 'string' },
      },
    });
    for (const [name, text] of Object.entries({ steps: values.steps, images: values.images })) {
      if (text !== undefined && !/^[1-9]\d*$/.test(text)) {
        throw new Error(`--${name} expects a whole number from 1, got "${text}".`);
      }
    }
    const steps = values.steps === undefined ? undefined : Number(values.steps);
    return { ...values, steps, images: Number(values.images) };
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exit(2);
  }
}
