/**
 * Writes the tables of docs/report.md out of docs/report-metrics/*.json and docs/model-metrics.json, each between its two
 * marks; the text around them stays.
 *
 *     node bench/report/tables.js
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../cli/install.js';
import { gain, interval, number, percent, table } from './markdown.js';

/**
 * @typedef {import('../../src/evaluation/report/report.ts').EvaluationReport} EvaluationReport
 * @typedef {{ model: string, modelSha256: string, steps: number, images: number, seconds: number }} Generation
 * @typedef {EvaluationReport & { generation: Generation }} Metrics  As run.js writes them.
 * @typedef {Partial<Record<string, Metrics>>} AllMetrics  By experiment; what was not run is not there.
 */

const REPORT = join(ROOT, 'docs/report.md');
const METRICS = join(ROOT, 'docs/report-metrics');
const PYTHON_METRICS = join(ROOT, 'docs/model-metrics.json');
const TITLES = { chest: 'chest X-rays', nuclei: 'nuclei', skin: 'skin photos' };
const ARMS = ['real', 'synthetic', 'mixed', 'synthetic then real'];

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) writeTables();

/** Brings docs/report.md up to date. */
export function writeTables() {
  const text = readFileSync(REPORT, 'utf8');
  writeFileSync(REPORT, withTables(text, tablesOf(readMetrics(), readPythonMetrics())));
}

/** @returns {AllMetrics} */
export function readMetrics() {
  const files = existsSync(METRICS) ? readdirSync(METRICS) : [];
  return Object.fromEntries(
    files.map((file) => [
      file.replace(/\.json$/, ''),
      JSON.parse(readFileSync(join(METRICS, file), 'utf8')),
    ]),
  );
}

/** @returns {any} what training/evaluate/evaluate.py and usefulness.py wrote */
export function readPythonMetrics() {
  return JSON.parse(readFileSync(PYTHON_METRICS, 'utf8'));
}

/**
 * The text with each table between `<!-- table: NAME -->` and `<!-- end of table -->`. Throws where a mark has no table or a
 * table no mark.
 *
 * @param {string} text
 * @param {Record<string, string>} tables
 */
export function withTables(text, tables) {
  const missing = new Set(Object.keys(tables));
  const result = text.replace(
    /(<!-- table: ([\w-]+) -->\n)[^]*?(<!-- end of table -->)/g,
    (_all, begin, name, end) => {
      if (!(name in tables)) throw new Error(`docs/report.md asks for an unknown table "${name}".`);
      missing.delete(name);
      return `${begin}\n${tables[name]}\n\n${end}`;
    },
  );
  if (missing.size > 0) {
    throw new Error(`docs/report.md has no place for: ${[...missing].join(', ')}.`);
  }
  return result;
}

/**
 * All tables by name; Markdown.
 *
 * @param {AllMetrics} metrics
 * @param {any} python
 * @returns {Record<string, string>}
 */
export function tablesOf(metrics, python) {
  const { chest, nuclei, skin } = metrics;
  const split = metrics['skin-held-out-patients'];
  return {
    generation: generation({ chest, nuclei, skin }),
    fidelity: fidelity({ chest, nuclei, skin }),
    copies: copies({ chest, nuclei, skin }),
    'chest-head': classification(chest?.usefulness),
    nuclei: segmentation(nuclei?.usefulness?.segmentation),
    skin: classification(skin?.usefulness),
    'skin-held-out-patients': classification(split?.usefulness),
    tones: tones(skin?.usefulness, split?.usefulness),
    'chest-verdicts': verdicts('AUROC', chest?.usefulness?.sizes, 'auroc'),
    'nuclei-verdicts': verdicts('Dice', nuclei?.usefulness?.segmentation?.sizes, 'dice'),
    'skin-verdicts': verdicts('AUROC', split?.usefulness?.sizes, 'auroc'),
    python: pythonTable(python),
    seconds: seconds(metrics),
  };
}

/** @param {Partial<Record<keyof typeof TITLES, Metrics>>} sets */
function generation(sets) {
  return table(
    ['synthetic images', 'n', 'steps', 'seconds an image', 'real to learn from', 'real tested on'],
    entries(sets).map(
      ([
        title,
        {
          generation: { images, steps, seconds: all },
          samples,
        },
      ]) => [...[title, images, steps, (all / images).toFixed(2), samples.real, samples.holdout]],
    ),
  );
}

/** @param {Partial<Record<keyof typeof TITLES, Metrics>>} sets */
function fidelity(sets) {
  const rows = entries(sets).flatMap(([title, { fidelity: byNetwork, networks }]) => {
    const [generic, inDomain] = networks.map(({ id }) => byNetwork[id]);
    return generic.map((one, i) => {
      const { label, numSynthetic, numReal, kid, prdc, realPrdc } = one;
      const other = inDomain?.[i];
      return [
        label === '' ? `**${title}**` : label,
        `${numSynthetic}, ${numReal}`,
        kid ? `${interval(kid)}` : '–',
        kid ? number(kid.floor) : '–',
        `${number(prdc?.density, 2)}, ${number(realPrdc?.density, 2)}`,
        `${number(prdc?.coverage, 2)}, ${number(realPrdc?.coverage, 2)}`,
        other?.kid ? interval(other.kid, 2) : '–',
        `${number(other?.prdc?.coverage, 2)}, ${number(other?.realPrdc?.coverage, 2)}`,
      ];
    });
  });
  const head = ['images', 'n synthetic, real', 'KID, generic', 'floor', 'density, of real'];
  return table(
    [...head, 'coverage, of real', 'KID, in-domain', 'coverage in-domain, of real'],
    rows,
  );
}

/** @param {Partial<Record<keyof typeof TITLES, Metrics>>} sets */
function copies(sets) {
  const head = ['images', 'copies (exact 95 %)', 'of real held-out images', 'threshold'];
  return table(
    [...head, 'by features, of held-out', 'MS-SSIM within a label', 'of real'],
    entries(sets).map(([title, { copies: found, msSsim }]) => [
      title,
      found
        ? `${found.count} of ${found.numSynthetic}: ${percent(found.rate)} (${percent(found.low)} to ${percent(found.high)})`
        : '–',
      found ? `${percent(found.holdoutRate)} of ${found.numHoldout}` : '–',
      found ? number(found.threshold) : '–',
      found ? `${percent(found.features.rate)}, ${percent(found.features.holdoutRate)}` : '–',
      msSsim.synthetic ? interval(msSsim.synthetic, 2) : '–',
      msSsim.real ? interval(msSsim.real, 2) : '–',
    ]),
  );
}

/** @param {EvaluationReport['usefulness'] | undefined} useful */
function classification(useful) {
  const head = ['real images', 'arm', 'AUROC', 'gain', 'balanced accuracy', 'gain'];
  const rows = (useful?.sizes ?? []).flatMap((size) =>
    ARMS.map((arm) => [
      ...[size.numReal, arm, interval(size.auroc[arm]), gain(size.auroc[arm])],
      ...[interval(size.balancedAccuracy[arm]), gain(size.balancedAccuracy[arm])],
      number(size.accuracy[arm].value),
      number(size.f1[arm].value),
      number(size.calibration[arm].value),
    ]),
  );
  return table([...head, 'accuracy', 'F1', 'calibration error'], rows);
}

/** @param {import('../../src/evaluation/report/report.ts').Segmentation | undefined} found */
function segmentation(found) {
  const rows = (found?.sizes ?? []).flatMap(({ numReal, dice, instanceF1 }) =>
    ARMS.map((arm) => [
      ...[numReal, arm, interval(dice[arm]), gain(dice[arm])],
      ...[interval(instanceF1[arm]), gain(instanceF1[arm])],
    ]),
  );
  return table(['real pairs', 'arm', 'Dice', 'gain', 'instance F1', 'gain'], rows);
}

/** @param {(EvaluationReport['usefulness'] | undefined)[]} runs  Tested on the validation split, then on patients held out by the page. */
function tones(...runs) {
  const tests = ['validation split', 'patients held out by the page'];
  const rows = runs.flatMap((useful, i) =>
    (useful?.subgroups ?? [])
      .filter(({ attribute }) => attribute === 'skin_tone')
      .map(({ value, numTest, accuracy }) => [
        ...[tests[i], value, numTest],
        ...(accuracy
          ? [interval(accuracy.real), interval(accuracy.mixed), gain(accuracy.mixed)]
          : ['insufficient', 'insufficient', 'insufficient']),
        ...(accuracy
          ? [interval(accuracy['synthetic then real']), gain(accuracy['synthetic then real'])]
          : ['insufficient', 'insufficient']),
      ]),
  );
  const head = ['tested on', 'skin tone', 'n', 'real', 'mixed', 'gain'];
  return table([...head, 'synthetic then real', 'gain'], rows);
}

/**
 * What the intervals of the gains allow to say, arm by arm.
 *
 * @param {string} title
 * @param {readonly any[] | undefined} sizes
 * @param {string} metric
 */
function verdicts(title, sizes = [], metric) {
  if (sizes.length === 0) return 'Not measured yet.';
  const lines = ARMS.slice(1).map((arm) => {
    /** @type {Map<string, number[]>} */
    const found = new Map();
    for (const size of sizes) {
      const { verdict } = size[metric][arm].gain;
      found.set(verdict, [...(found.get(verdict) ?? []), size.numReal]);
    }
    const parts = [...found].map(([verdict, at]) => `${verdict} at ${at.join(', ')}`);
    return `- ${arm}: ${parts.join('; ')}`;
  });
  return [`${title} against real images only, by the number of real images:`, '', ...lines].join(
    '\n',
  );
}

/** @param {any} python */
function pythonTable(python) {
  const { classifier, nuclei, skin } = python.details.usefulness;
  const rows = Object.entries(classifier.by_size).map(([size, { balanced_accuracy: found }]) => [
    `chest X-rays, ${size} real images, balanced accuracy`,
    ...[classifier.synthetic_images, interval(found.real), interval(found.synthetic_then_real)],
    `${interval(found.synthetic_then_real.gain)}, ${found.synthetic_then_real.gain.verdict}`,
  ]);
  rows.push([
    `nuclei, Dice, ${nuclei.real_pairs} real pairs against synthetic pairs only`,
    ...[nuclei.synthetic_pairs, interval(nuclei.dice.real), interval(nuclei.dice.synthetic)],
    `ratio ${interval(nuclei.ratio)}`,
  ]);
  const { worst_group: worst } = skin.validation;
  rows.push([
    'skin, balanced accuracy of the worst tone group, real against mixed',
    ...[skin.synthetic_photos, number(worst.real), number(worst.mixed)],
    `${interval(worst.gain)}, ${worst.gain.verdict}`,
  ]);
  return table(['experiment', 'synthetic', 'real', 'with synthetic', 'gain'], rows);
}

/** @param {AllMetrics} metrics */
function seconds(metrics) {
  const rows = Object.entries(metrics).flatMap(([name, found]) => {
    if (!found) return [];
    const { samples, seconds: all, ...rest } = found;
    const stages = Object.entries(rest.secondsByStage).filter(([, value]) => value >= 1);
    const images = samples.real + samples.synthetic + samples.holdout;
    const of = stages.map(([stage, s]) => `${stage} ${Math.round(s)}`).join(', ');
    return [[name, images, Math.round(all), of]];
  });
  return table(['run', 'images', 'seconds', 'of which'], rows);
}

/**
 * @param {Partial<Record<keyof typeof TITLES, Metrics>>} sets
 * @returns {[string, Metrics][]}
 */
function entries(sets) {
  return Object.entries(TITLES).flatMap(([name, title]) => {
    const found = sets[/** @type {keyof typeof TITLES} */ (name)];
    return found ? [/** @type {[string, Metrics]} */ ([title, found])] : [];
  });
}
