/** What the commands of the terminal say alike of their flags. Each throws `RequestInvalid` with what to do next. */
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { invalid } from './named-errors.js';

export const TEXT = /** @type {const} */ ({ type: 'string' });
export const SWITCH = /** @type {const} */ ({ type: 'boolean' });

const BACKENDS = /** @type {const} */ (['auto', 'webgpu', 'wasm']);
/** Of random numbers. */
export const MAX_SEED = 2 ** 32 - 1;

/**
 * Node's `parseArgs`, whose errors get a name.
 *
 * @template {import('node:util').ParseArgsConfig} Config
 * @param {Config} config
 */
export function readFlags(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw invalid(message);
    const flag = /'(-[^']*)'/.exec(message)?.[1] ?? '';
    const known = Object.keys(config.options ?? {}).map((name) => `--${name}`);
    throw invalid(`Unknown flag ${flag}. Flags: ${[...known, '--help'].join(', ')}.`);
  }
}

/**
 * The file that a flag names.
 *
 * @param {string} flag
 * @param {string} path
 */
export function readFlagFile(flag, path) {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw invalid(`--${flag} expects a file, got "${path}", which cannot be read (${code}).`);
  }
}

/**
 * @param {string} flag
 * @param {string | undefined} path
 */
export function requireFolder(flag, path = '') {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw invalid(`--${flag} expects a folder, got "${path}". Name one that exists.`);
}

/**
 * @param {string} flag
 * @param {string | undefined} text
 * @param {number} min
 * @param {number} max
 * @returns {number | undefined} undefined where the flag is not given
 */
export function wholeNumber(flag, text, min, max) {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw invalid(`--${flag} expects a whole number from ${min} to ${max}, got "${text}".`);
}

/** @param {string} [text] of --backend */
export function backendOf(text = 'auto') {
  const backend = BACKENDS.find((one) => one === text);
  if (backend) return backend;
  throw invalid(`--backend expects one of ${BACKENDS.join(', ')}, got "${text}".`);
}
