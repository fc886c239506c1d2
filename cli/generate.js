/**
 * Makes images from a terminal: the built app's own workers in a headless Chromium.
 *
 *     npm run --silent generate -- "PROMPT" --out DIR
 *
 * All flags: --help, or generate-usage.js.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureChromium } from './ensure-chromium.js';
import { buildRequest, parseOptions } from './generate-options.js';
import { asksForHelp, USAGE } from './generate-usage.js';
import { ensureBuilt, ensureInstalled, requireNode } from './install.js';
import { makeOutFolder } from './out-folder.js';
import { createProgressPrinter } from './progress-printer.js';

/** The kinds of src/errors.ts that can reach a terminal. */
const ERROR_NAMES = [
  ...['NoWebGpu', 'NoAdapter', 'DeviceLost', 'OutOfMemory', 'QuotaExceeded', 'NetworkFailed'],
  ...['ModelCorrupt', 'ModelUnsupported', 'ManifestInvalid', 'SelfTestFailed', 'RequestInvalid'],
];

requireNode();
process.exitCode = await main().then(
  () => 0,
  (/** @type {Error} */ error) => {
    const named = ERROR_NAMES.includes(error.name);
    process.stderr.write(
      `${named ? `${error.name}: ${error.message}` : (error.stack ?? error.message)}\n`,
    );
    return named ? 2 : 1;
  },
);

async function main() {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) {
    process.stdout.write(USAGE);
    return;
  }
  const options = parseOptions(args);
  makeOutFolder(options.out);
  ensureInstalled();
  ensureBuilt();
  await ensureChromium();

  // Not at the top: Playwright may only now have been installed.
  const { openHeadlessApp } = await import('./app-browser.js');
  const mounts = options.models ? [{ prefix: '/', folder: resolve(options.models) }] : [];
  const app = await openHeadlessApp({ mounts });
  const progress = createProgressPrinter(process.stderr);
  try {
    const request = buildRequest(options, await app.call('manifest', []));
    for (let imageIndex = 0; imageIndex < options.count; imageIndex++) {
      const args = [{ ...request, imageIndex }, options.backend];
      const image = await app.call('generate', args, progress.show);
      progress.end();
      if (imageIndex === 0) describe(image);
      save(image, options.out);
    }
  } finally {
    progress.end();
    await app.close();
  }
}

/** @param {import('../src/cli-entry.ts').TextImage} image */
function describe({ backend, unknownWords, ignoredWords }) {
  process.stderr.write(`${backend.backend} on ${backend.device}. ${backend.reason}\n`);
  if (unknownWords.length > 0) {
    process.stderr.write(`Not in the model's vocabulary: ${unknownWords.join(', ')}.\n`);
  }
  if (ignoredWords.length > 0) {
    process.stderr.write(`The prompt is too long; ignored: ${ignoredWords.join(' ')}\n`);
  }
}

/**
 * @param {import('../src/cli-entry.ts').TextImage} image
 * @param {string} folder
 */
function save({ pngBase64, request, backend, timing }, folder) {
  const file = freeName(folder, request);
  writeFileSync(file, Buffer.from(pngBase64, 'base64'));
  const line = {
    file,
    prompt: request.prompt,
    seed: request.seed,
    imageIndex: request.imageIndex,
    steps: request.numInferenceSteps,
    backend: backend.backend,
    msTotal: Math.round(timing.msTotal),
    msPerStep: Math.round(timing.msPerStep),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/**
 * A name that says prompt, seed and index, and that no file has yet.
 *
 * @param {string} folder
 * @param {import('../workers/api.ts').GenerationRequest} request
 */
function freeName(folder, { prompt, seed, imageIndex }) {
  const words = prompt.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const base = `${words.slice(0, 60).replace(/^-|-$/g, '') || 'image'}_seed${seed}_${imageIndex}`;
  let file = join(folder, `${base}.png`);
  for (let copy = 2; existsSync(file); copy++) file = join(folder, `${base}-${copy}.png`);
  return file;
}
