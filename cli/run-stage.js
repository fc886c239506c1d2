import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './install.js';

/**
 * Runs one stage of `npm test` and prints its line: name, seconds, counts. Its output is shown when it failed.
 *
 * @param {import('./test.js').Stage} stage
 * @returns {Promise<import('./test.js').Counts>}
 */
export async function runStage({ name, program, args, env, counts, quiet = false }) {
  const startMs = performance.now();
  const { status: exitCode, output } = await capture(program, args, {
    ...process.env,
    FORCE_COLOR: '0',
    ...env,
  });
  const status = quiet && output.trim() ? exitCode || 1 : exitCode;
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);

  const result = countsFrom(status, counts);
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : '';
  if (result.failed > 0) console.log(output.trimEnd());
  const mark = result.failed > 0 ? '✗' : '✓';
  console.log(
    `${mark} ${name}: ${result.passed} passed, ${result.failed} failed${skipped} (${seconds} s)`,
  );
  return result;
}

/**
 * @param {number} status
 * @param {(() => import('./test.js').Counts) | undefined} counts
 */
function countsFrom(status, counts) {
  const alone = { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  if (!counts) return alone;
  try {
    const result = counts();
    // A runner that ends badly with every test green (a crash, no tests found) has still failed.
    return status !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // the runner left no report
  }
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ status: number, output: string }>}
 */
function capture(program, args, env) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ status: 1, output: output + error.message }));
    child.on('close', (code) => resolve({ status: code ?? 1, output }));
  });
}

/**
 * A Python that can run the training tests, the repository's own .venv first; else what is missing.
 *
 * @returns {{ python?: string, missing: string }}
 */
export function findPython() {
  if (!existsSync(join(ROOT, 'training/tests'))) return { missing: 'there is no training/tests' };
  const pythons = ['.venv/bin/python', '.venv/Scripts/python.exe']
    .map((path) => join(ROOT, path))
    .filter((path) => existsSync(path));
  let missing = 'python3 is not installed';
  for (const python of [...pythons, 'python3']) {
    const can = (/** @type {string} */ code) => spawnSync(python, ['-c', code]).status === 0;
    if (!can('pass')) continue;
    if (!can('import torch')) missing = 'torch is not installed (see training/README.md)';
    else if (!can('import pytest')) missing = 'pytest is not installed (see training/README.md)';
    else return { python, missing: '' };
  }
  return { missing };
}
