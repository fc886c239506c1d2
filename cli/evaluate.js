/**
 * Compares folders of images from a terminal: the built app's own workers in a headless Chromium.
 *
 *     npm run evaluate -- --real DIR --synthetic DIR [--holdout DIR] [--labels CSV] --out DIR
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runToEnd } from './end.js';
import { ensureChromium } from './ensure-chromium.js';
import { filesBelow, parseEvaluateOptions, USAGE } from './evaluate-options.js';
import { asksForHelp } from './generate/generate-usage.js';
import { ensureBuilt, ensureInstalled, requireNode } from './install.js';
import { makeOutFolder } from './out-folder.js';

requireNode();
await runToEnd(main);

async function main() {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) {
    process.stdout.write(USAGE);
    return;
  }
  const options = parseEvaluateOptions(args);
  makeOutFolder(options.out);
  ensureInstalled();
  ensureBuilt();
  await ensureChromium();

  // Not at the top: Playwright may only now have been installed.
  const { openHeadlessApp } = await import('./app-browser.js');
  const folders = {
    real: options.real,
    synthetic: options.synthetic,
    ...(options.holdout === undefined ? {} : { holdout: options.holdout }),
    ...(options.members === undefined ? {} : { members: options.members }),
  };
  const mounts = Object.entries(folders).map(([set, folder]) => ({
    prefix: `/images/${set}/`,
    folder: resolve(folder),
  }));
  const files = {
    real: filesBelow(options.real),
    synthetic: filesBelow(options.synthetic),
    holdout: filesBelow(options.holdout),
    members: filesBelow(options.members),
  };
  const app = await openHeadlessApp({ mounts });
  try {
    const { csv, seed, usefulness, copies, membership } = options;
    const { segmentationSteps, classifierSteps } = options;
    const steps = { segmentationSteps, classifierSteps };
    const { acceptComposites } = options;
    const asked = { files, csv, seed, usefulness, copies, membership, acceptComposites, ...steps };
    // The progress of a run is of its own kind; it crosses as plain data all the same.
    const show = /** @type {any} */ (createPrinter());
    const { report, html } = await app.call('evaluate', [asked], show);
    writeFileSync(join(options.out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
    writeFileSync(join(options.out, 'report.html'), html);
    summarise(report);
  } finally {
    await app.close();
  }
}

/** One line on stderr whenever a tenth of a stage is done. */
function createPrinter() {
  let shown = '';
  return (
    /** @type {import('../src/evaluation/report/report.ts').EvaluationProgress} */ progress,
  ) => {
    const tenths = Math.floor((10 * progress.done) / Math.max(1, progress.total));
    const text = `${progress.stage}${progress.detail ? ` (${progress.detail})` : ''}: ${tenths * 10} %`;
    if (text !== shown) process.stderr.write(`${text}\n`);
    shown = text;
  };
}

/** @param {import('../src/evaluation/report/report.ts').EvaluationReport} report */
function summarise({ kid, density, coverage, copies, membership, samples, seconds, ...report }) {
  const { warnings, skipped } = report;
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  for (const { set, name, message } of skipped) {
    process.stderr.write(`Left out, ${set}: ${name}: ${message}\n`);
  }
  // Too few images for a verdict: the report has the nearest pairs all the same.
  const judged = copies && copies.aboveLimit !== null;
  const membershipAuc = membership?.auc.value ?? null;
  const rates = { copyRate: judged ? copies.rate : null, membershipAuc };
  const line = { samples, kid, density, coverage, ...rates, seconds };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
