/**
 * Fine-tunes a model from a terminal: the built app's own workers in a headless Chromium.
 *
 *     npm run --silent finetune -- --images DIR --steps N --out FILE.safetensors
 *
 * All flags: --help, or finetune-options.js.
 */
import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { runToEnd } from './end.js';
import { ensureChromium } from './ensure-chromium.js';
import { filesBelow } from './evaluate-options.js';
import { parseFinetuneOptions, USAGE } from './finetune-options.js';
import { asksForHelp } from './generate/generate-usage.js';
import { ensureBuilt, ensureInstalled, requireNode } from './install.js';
import { saveDatasetFile } from './save-files.js';

requireNode();
await runToEnd(main);

async function main() {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) {
    process.stdout.write(USAGE);
    return;
  }
  const options = parseFinetuneOptions(args);
  ensureInstalled();
  ensureBuilt();
  await ensureChromium();

  // Not at the top: Playwright may only now have been installed.
  const { openHeadlessApp } = await import('./app-browser.js');
  const folder = resolve(options.images);
  // Paths begin with the folder's own name, as in the page: what lies between it and the file is the label.
  const files = filesBelow(folder)
    .sort()
    .map((path) => `${basename(folder)}/${path}`);
  const mounts = [
    { prefix: `/images/train/${encodeURIComponent(basename(folder))}/`, folder },
    ...(options.models ? [{ prefix: '/', folder: resolve(options.models) }] : []),
  ];
  const app = await openHeadlessApp({ mounts });
  try {
    const { csv, caption, source, settings, backend: choice, model: modelId } = options;
    const title = basename(options.out).replace(/\.safetensors$/, '');
    const asked = { files, csv, caption, source, settings, choice, modelId, title };
    // Reports of a run are of their own kind; they cross as plain data all the same.
    const show = /** @type {any} */ (createPrinter());
    const samples = options.out.replace(/\.safetensors$/i, '-samples');
    await app.page.exposeFunction(
      'saveFile',
      (/** @type {string} */ path, /** @type {string} */ base64) => {
        const sample = saveDatasetFile(samples, path, base64);
        process.stdout.write(`${JSON.stringify({ sample })}\n`);
      },
    );
    const { fileBase64, ...result } = await app.call('finetune', [asked], show);
    writeFileSync(options.out, Buffer.from(fileBase64, 'base64'));
    for (const { name, message } of result.skipped) {
      process.stderr.write(`Left out: ${name}: ${message}\n`);
    }
    process.stdout.write(`${JSON.stringify({ file: options.out, ...result })}\n`);
  } finally {
    await app.close();
  }
}

/** A JSON line for each step; the other stages in words on stderr, once each. */
function createPrinter() {
  const start = performance.now();
  let shown = '';
  return (/** @type {import('../src/finetune/run.ts').FinetuneReport} */ report) => {
    if (report.stage === 'train') {
      const seconds = Number(((performance.now() - start) / 1000).toFixed(2));
      process.stdout.write(`${JSON.stringify({ ...report.point, seconds })}\n`);
    } else if (report.stage !== shown) {
      process.stderr.write(`${report.stage} …\n`);
    }
    shown = report.stage;
  };
}
