/**
 * `npm test`: installs what is missing, Chromium included, and runs every check and test there is.
 *
 * Prints one line per stage and ends with "N passed, N failed"; exit code 1 when anything failed.
 *
 *     npm test -- [--only STAGE]…      e.g. --only unit --only e2e
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureChromium } from './ensure-chromium.js';
import { ROOT, ensureInstalled, requireNode } from './install.js';
import { findPython, runStage } from './run-stage.js';

/**
 * One line of the report. `counts` reads the runner's own report; without it the stage is one test by itself.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} program
 * @property {string[]} args
 * @property {Record<string, string>} [env]
 * @property {() => Counts} [counts]
 * @property {boolean} [quiet]  What it prints is a failure: a visitor's first `npm start` would show it.
 */

requireNode();
const only = readOnly();
ensureInstalled();
const reports = mkdtempSync(join(tmpdir(), 'phantoscope-test-'));
process.on('exit', () => rmSync(reports, { recursive: true, force: true }));

const wanted = stages().filter(({ name }) => only.length === 0 || only.includes(name));
if (wanted.some(({ name }) => name === 'browser' || name === 'e2e')) await ensureChromium();

const total = { passed: 0, failed: 0 };
// Nothing in the first lane waits for a clock, and Python takes one core: they share the machine. Browsers have it alone.
const inBrowsers = ['browser', 'build', 'e2e'];
const python = only.length === 0 || only.includes('python') ? runPython() : null;
await runLane(wanted.filter(({ name }) => !inBrowsers.includes(name)));
await python;
await runLane(wanted.filter(({ name }) => inBrowsers.includes(name)));

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

/**
 * One after the other.
 *
 * @param {Stage[]} lane
 */
async function runLane(lane) {
  for (const stage of lane) add(await runStage(stage));
}

/** @param {Counts} counts */
function add({ passed, failed }) {
  total.passed += passed;
  total.failed += failed;
}

/** @returns {Stage[]} */
function stages() {
  return [
    tool('tsc page', 'typescript/bin/tsc', ['--noEmit']),
    tool('tsc workers', 'typescript/bin/tsc', ['--noEmit', '-p', 'workers']),
    tool('tsc cli', 'typescript/bin/tsc', ['--noEmit', '-p', 'cli']),
    tool('svelte-check', 'svelte-check/bin/svelte-check', ['--fail-on-warnings']),
    tool('eslint', 'eslint/bin/eslint.js', ['--max-warnings', '0', '.']),
    tool('prettier', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
    vitest('unit'),
    vitest('browser'),
    { ...tool('build', 'vite/bin/vite.js', ['build', '--logLevel', 'warn']), quiet: true },
    {
      ...tool('e2e', '@playwright/test/cli.js', ['test', '--project=e2e', '--reporter=list,json']),
      env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, 'e2e.json') },
      counts: () => countsOfPlaywright(join(reports, 'e2e.json')),
    },
  ];
}

/**
 * @param {string} name
 * @param {string} script  Below node_modules.
 * @param {string[]} args
 * @returns {Stage}
 */
function tool(name, script, args) {
  return { name, program: process.execPath, args: [join(ROOT, 'node_modules', script), ...args] };
}

/**
 * @param {string} project
 * @returns {Stage}
 */
function vitest(project) {
  const file = join(reports, `${project}.json`);
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json'];
  return {
    ...tool(project, 'vitest/vitest.mjs', [...args, `--outputFile.json=${file}`]),
    counts: () => countsOfVitest(file),
  };
}

/**
 * @param {string} file
 * @returns {Counts}
 */
function countsOfVitest(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  // A file that cannot be imported fails without a single test in it.
  const broken = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ result) =>
      result.status === 'failed' && result.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @param {string} file
 * @returns {Counts}
 */
function countsOfPlaywright(file) {
  const { stats, errors } = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
}

/**
 * @param {string} file
 * @returns {Counts}
 */
function countsOfJunit(file) {
  const head = /<testsuite [^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const count = (/** @type {string} */ name) =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  return { passed: count('tests') - failed - skipped, failed, skipped };
}

/** The tests of training/ and, but for those that need a cluster, of batch/, where torch can be had. */
async function runPython() {
  const { python, missing } = findPython();
  if (!python) {
    console.log(`- python: skipped: ${missing}`);
    return;
  }
  const file = join(reports, 'python.xml');
  const folders = ['training/tests', 'batch/tests', '--ignore=batch/tests/cluster'];
  const args = ['-m', 'pytest', ...folders, '-q', '-p', 'no:cacheprovider'];
  const counts = await runStage({
    name: 'python',
    program: python,
    args: [...args, `--junitxml=${file}`],
    counts: () => countsOfJunit(file),
  });
  add(counts);
}

function readOnly() {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
    return values.only ?? [];
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exit(2);
  }
}
