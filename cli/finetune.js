/**
 * Fine-tunes a model from a terminal: the built app's own workers in a headless Chromium.
 *
 *     npm run --silent finetune -- --images DIR --steps N --out FILE.safetensors
 *
 * All flags: --help, or finetune-options.js.
 */
import { writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { trainingFolder } from './file-names.js';
import { parseFinetuneOptions, USAGE } from './finetune-options.js';
import { makeOutFolder } from './out-folder.js';
import { printJson, runInApp } from './run-in-app.js';
import { receiveFiles } from './save-files.js';

await runInApp({ usage: USAGE, plan });

/**
 * @param {string[]} args
 * @returns {import('./run-in-app.js').Plan}
 */
function plan(args) {
  const {
    images,
    out,
    models,
    backend: choice,
    model: modelId,
    ...asked
  } = parseFinetuneOptions(args);
  const { files, mount } = trainingFolder(images);
  const title = basename(out).replace(/\.safetensors$/i, '');
  makeOutFolder(dirname(out)); // now, and not after hours of training
  return {
    mounts: [mount, ...(models ? [{ prefix: '/', folder: resolve(models) }] : [])],
    describe: describeRun(),
    async work(app, progress) {
      const samples = out.replace(/\.safetensors$/i, '-samples');
      await receiveFiles(
        app.page,
        () => samples,
        (sample) => printJson({ sample }),
      );
      const { fileBase64, ...result } = await app.call(
        'finetune',
        [{ files, choice, modelId, title, ...asked }],
        progress.show,
      );
      progress.end();
      writeFileSync(out, Buffer.from(fileBase64, 'base64'));
      for (const { name, message } of result.skipped) {
        process.stderr.write(`Left out: ${name}: ${message}\n`);
      }
      printJson({ file: out, ...result });
    },
  };
}

/** A JSON line on stdout for each step, with its seconds since the first report; the other stages in a word. */
function describeRun() {
  let start = 0;
  return (/** @type {import('../src/finetune/run.ts').FinetuneReport} */ report) => {
    start ||= performance.now();
    if (report.stage !== 'train') return `${report.stage} …`;
    const seconds = Number(((performance.now() - start) / 1000).toFixed(2));
    printJson({ ...report.point, seconds });
    return null;
  };
}
