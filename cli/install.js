import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alone } from './alone.js';

// Only node: imports here and in every file that start.js and test.js load first: node_modules may not exist yet.

/** The folder that holds package.json. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The built app; PHANTOSCOPE_DIST puts it elsewhere, for a second build beside the first. */
export const DIST = resolve(ROOT, process.env.PHANTOSCOPE_DIST ?? 'dist');

/** What a build is made of; anything newer than dist makes it stale. */
const SOURCES = [
  'src',
  'workers',
  'public',
  'index.html',
  'models.html',
  'cli.html',
  'bench.html',
  'hub-manifest.json',
  'rivals-manifest.json',
  'cli/bundling',
  'model-manifest.json',
  'docs',
  'vite.config.ts',
  'package-lock.json',
];

/** Ends the program with one plain sentence when Node is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  if (enough && !(major === 21 || (major === 22 && minor < 12))) return;
  console.error(
    `Phantoscope needs Node 20.19 or newer of the 20 line, or 22.12 and up; this is ${process.versions.node}. ` +
      'Install a current one from https://nodejs.org and run the command again.',
  );
  process.exit(1);
}

/** Runs `npm ci` when node_modules is absent or older than the lock file; of commands that start at once, one does. */
export function ensureInstalled() {
  alone(ROOT, install, sayWaiting);
}

function install() {
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  const lock = join(ROOT, 'package-lock.json');
  // npm writes both within seconds of each other; 5 s keep `npm install` from counting as a change.
  if (existsSync(installed) && statSync(installed).mtimeMs + 5000 >= statSync(lock).mtimeMs) return;
  say('Installing packages (npm ci) …');
  const result = runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (result !== 0) {
    console.error(
      'npm ci failed: see its message above. Check the network and run the command again.',
    );
    process.exit(1);
  }
}

/**
 * Runs npm, the same one that started us where there is one, and gives back its exit code.
 *
 * @param {string[]} args
 */
function runNpm(args) {
  // The skip matters only should onnxruntime-node come back: its install step downloads CUDA libraries.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const npm = process.env.npm_execpath;
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { cwd: ROOT, env, stdio: ['ignore', 2, 2] };
  const { status } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  return status ?? 1;
}

/** Builds the app when it is missing or older than anything it is made of; of commands that start at once, one does. */
export function ensureBuilt() {
  alone(ROOT, build, sayWaiting);
}

function build() {
  const built = join(DIST, 'index.html');
  if (existsSync(built)) {
    const builtMs = statSync(built).mtimeMs;
    if (SOURCES.every((source) => newestMs(join(ROOT, source)) <= builtMs)) return;
  }
  say('Building …');
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const args = ['build', '--logLevel', 'warn', '--outDir', DIST, '--emptyOutDir'];
  const { status } = spawnSync(process.execPath, [vite, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    console.error('The build failed: see the message above.');
    process.exit(1);
  }
}

/**
 * Newest change in a file or folder tree, milliseconds since 1970; 0 where there is nothing.
 *
 * @param {string} path
 * @returns {number}
 */
function newestMs(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const inside = readdirSync(path).map((name) => newestMs(join(path, name)));
  return Math.max(found.mtimeMs, ...inside);
}

function sayWaiting() {
  say('Another command installs or builds; waiting for it …');
}

/**
 * What takes long is said to a person at a terminal; scripts read errors and results only.
 *
 * @param {string} text
 */
function say(text) {
  if (process.stderr.isTTY) console.error(text);
}
