/**
 * Makes the synthetic images of docs/report.md in the built app and evaluates them there, headless, end to end.
 *
 *     python -m training.data.make_report_sets --data DIR --out runs/report
 *     npm run report -- [chest nuclei skin skin-held-out-patients]
 *
 * Images and full reports stay in runs/report; the figures go to docs/report-metrics/NAME.json, and from there into
 * docs/report.md (tables.js). What was generated already is not generated again: remove its folder for that.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../cli/install.js';
import { EXPERIMENTS, figuresOf, mergedLabels } from './experiments.js';
import { writeTables } from './tables.js';

const SETS = join(ROOT, 'runs/report');
const METRICS = join(ROOT, 'docs/report-metrics');
const DONE = 'generation.json';

for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(EXPERIMENTS)) {
  const experiment = EXPERIMENTS[name];
  if (!experiment) {
    throw new Error(`No "${name}". Choose from: ${Object.keys(EXPERIMENTS).join(', ')}.`);
  }
  const generation = generate(experiment.set);
  const figures = evaluate(name, experiment);
  mkdirSync(METRICS, { recursive: true });
  const text = JSON.stringify({ generation, ...figures }, null, 1);
  writeFileSync(join(METRICS, `${name}.json`), `${text}\n`);
}
writeTables();

/**
 * Makes the data set of NAME.recipe.json, unless it is there; how long it took.
 *
 * @param {string} set
 */
function generate(set) {
  const out = join(SETS, set, 'synthetic');
  const facts = join(out, DONE);
  if (!existsSync(facts)) {
    rmSync(out, { recursive: true, force: true });
    const recipe = join(import.meta.dirname, `${set}.recipe.json`);
    const startMs = performance.now();
    run('generate', ['--recipe', recipe, '--out', out, '--backend', 'wasm']);
    const seconds = (performance.now() - startMs) / 1000;
    const images = generatedImages(out);
    const { model, model_sha256: modelSha256 } = images[0];
    const { numInferenceSteps: steps } = JSON.parse(readFileSync(recipe, 'utf8'));
    const found = { model, modelSha256, steps, images: images.length };
    writeFileSync(facts, JSON.stringify({ ...found, seconds: Math.round(seconds) }));
  }
  return JSON.parse(readFileSync(facts, 'utf8'));
}

/**
 * @param {string} name
 * @param {import('./experiments.js').Experiment} experiment
 */
function evaluate(name, { set, real, holdout, flags }) {
  const place = join(SETS, set);
  const synthetic = join(place, 'synthetic');
  const csv = join(place, 'labels-of-all.csv');
  const labels = readFileSync(join(place, 'labels.csv'), 'utf8');
  writeFileSync(csv, mergedLabels(labels, generatedImages(synthetic)));
  const out = join(place, `evaluation-${name}`);
  run('evaluate', [
    ...['--real', join(place, real), '--synthetic', synthetic, '--labels', csv],
    ...(holdout === null ? [] : ['--holdout', join(place, holdout)]),
    ...['--out', out, ...flags],
  ]);
  return figuresOf(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')));
}

/** @param {string} folder */
function generatedImages(folder) {
  const lines = readFileSync(join(folder, 'labels.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/**
 * @param {'generate' | 'evaluate'} command
 * @param {string[]} args
 */
function run(command, args) {
  console.log(`${command} ${args.join(' ')}`);
  const program = join(ROOT, `cli/${command}.js`);
  const { status } = spawnSync(process.execPath, [program, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm run ${command} ended with exit code ${status}.`);
}
