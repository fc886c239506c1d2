/**
 * Compares folders of images from a terminal: the built app's own workers in a headless Chromium.
 *
 *     npm run evaluate -- --real DIR --synthetic DIR [--holdout DIR] [--labels CSV] --out DIR
 */
import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseEvaluateOptions, USAGE } from './evaluate-options.js';
import { filesBelow } from './file-names.js';
import { makeOutFolder } from './out-folder.js';
import { printJson, runInApp } from './run-in-app.js';

await runInApp({ usage: USAGE, plan });

/**
 * @param {string[]} args
 * @returns {import('./run-in-app.js').Plan}
 */
function plan(args) {
  const { real, synthetic, holdout, members, out, networkFolder, ...asked } =
    parseEvaluateOptions(args);
  makeOutFolder(out);
  const folders = Object.entries({ real, synthetic, holdout, members });
  const files = Object.fromEntries(folders.map(([set, folder]) => [set, filesBelow(folder)]));
  const mounts = folders.flatMap(([set, folder]) =>
    folder === undefined ? [] : [{ prefix: `/images/${set}/`, folder: resolve(folder) }],
  );
  const network = networkFolder === undefined ? null : networkIn(networkFolder);
  if (networkFolder !== undefined) {
    mounts.push({ prefix: '/network/', folder: resolve(networkFolder) });
  }
  return {
    mounts,
    describe,
    async work(app, progress) {
      const request = { files, network, ...asked };
      const { report, html } = await app.call('evaluate', [request], progress.show);
      progress.end();
      writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
      writeFileSync(join(out, 'report.html'), html);
      summarise(report);
    },
  };
}

/**
 * A folder with a model of transformers.js, by its name and the names of its files.
 *
 * @param {string} folder
 */
function networkIn(folder) {
  return { title: basename(resolve(folder)), files: filesBelow(folder) };
}

/**
 * The stage, and how many tenths of it are done.
 *
 * @param {import('../src/evaluation/report/report.ts').EvaluationProgress} progress
 */
function describe({ stage, detail, done, total }) {
  const tenths = Math.floor((10 * done) / Math.max(1, total));
  return `${stage}${detail ? ` (${detail})` : ''}: ${tenths * 10} %`;
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
  printJson(line);
}
