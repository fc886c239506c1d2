/** Random weights in the shapes of a graph's own: time depends on shapes alone, and an archive need not carry them. */
import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHalf, toHalf } from '../halves.js';

/** Numbers are drawn once and then taken in turn from this table, so that a gigabyte takes seconds. */
const TABLE = 2 ** 16;

/** @typedef {import('../onnx-plan.js').PlannedTensor} PlannedTensor */

/**
 * Notes how the numbers of a tensor are spread, so that random ones keep a graph's answer finite.
 *
 * @param {PlannedTensor} tensor  is changed
 * @param {Uint8Array} file  the weight file that holds it
 */
export function measureSpread(tensor, file) {
  const { dtype, offset, bytes } = tensor;
  if (offset + bytes > file.length) {
    throw new Error(`${tensor.file} has ${file.length} bytes, its graph wants ${offset + bytes}.`);
  }
  const numbers = viewOf(dtype, file.slice(offset, offset + bytes).buffer);
  let [sum, squares, least, most] = [0, 0, Infinity, -Infinity];
  for (const stored of numbers) {
    const x = dtype === 'float16' ? fromHalf(stored) : stored;
    sum += x;
    squares += x * x;
    least = Math.min(least, x);
    most = Math.max(most, x);
  }
  const mean = sum / numbers.length;
  const spread = Math.sqrt(Math.max(0, squares / numbers.length - mean * mean));
  Object.assign(tensor, { mean, spread, least, most });
}

/**
 * Writes the weight files of a plan: each tensor normal in its own mean and spread, cut at its own extremes.
 *
 * @param {import('../onnx-plan.js').Plan} plan
 * @param {string} folder
 * @param {number} seed
 */
export function writeWeights({ tensors }, folder, seed) {
  const random = uniform(seed);
  const table = Float32Array.from({ length: TABLE }, () => normal(random));
  /** @type {Map<string, PlannedTensor[]>} */
  const files = new Map();
  for (const tensor of Object.values(tensors)) {
    if (tensor.file) files.set(tensor.file, [...(files.get(tensor.file) ?? []), tensor]);
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, stored] of files) {
    const file = new Uint8Array(Math.max(...stored.map(({ offset, bytes }) => offset + bytes)));
    for (const tensor of stored) {
      const start = Math.floor(random() * TABLE);
      file.set(randomTensor(tensor, table, start), tensor.offset);
    }
    writeFileSync(join(folder, name), file);
  }
}

/**
 * @param {PlannedTensor} tensor
 * @param {Float32Array} table  of standard normal numbers
 * @param {number} start  in it
 */
function randomTensor({ dtype, bytes, mean = 0, spread = 1, least, most }, table, start) {
  const numbers = viewOf(dtype, new ArrayBuffer(bytes));
  const [low, high] = [least ?? -Infinity, most ?? Infinity];
  const whole = dtype !== 'float32' && dtype !== 'float16';
  for (let i = 0; i < numbers.length; i++) {
    const x = Math.min(high, Math.max(low, mean + spread * table[(start + i) % TABLE]));
    numbers[i] = whole ? Math.round(x) : dtype === 'float16' ? toHalf(x) : x;
  }
  return new Uint8Array(numbers.buffer);
}

/**
 * @param {string} dtype
 * @param {ArrayBuffer} buffer
 */
function viewOf(dtype, buffer) {
  if (dtype === 'float32') return new Float32Array(buffer);
  if (dtype === 'float16') return new Uint16Array(buffer);
  if (dtype === 'int8') return new Int8Array(buffer);
  if (dtype === 'uint8') return new Uint8Array(buffer);
  throw new Error(
    `Weights of type ${dtype} are not made here (known: float32, float16, int8, uint8).`,
  );
}

/** Box and Muller 1958. @param {() => number} random */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Uniform in [0, 1), the same on every machine: AES in counter mode, keyed by the seed. @param {number} seed */
function uniform(seed) {
  const key = createHash('sha256').update(String(seed)).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return () => cipher.update(Buffer.alloc(4)).readUInt32LE() / 2 ** 32;
}
