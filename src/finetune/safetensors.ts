import { appError } from '../errors';
import { fromFloat16 } from '../models/runtime/float16';

/** The safetensors format, https://huggingface.co/docs/safetensors: 8 bytes of length, a JSON header, then the numbers. */

/** A tensor of a file; its numbers as float32, whatever they are stored as. */
export interface StoredTensor {
  name: string;
  shape: number[];
  data: Float32Array<ArrayBuffer>;
}

const LENGTH_BYTES = 8;
/** Of the format's own reader. */
const MAX_HEADER_BYTES = 100_000_000;
/** Of a file: browsers read no more into one array. */
const MAX_BYTES = 2 ** 31 - 1;
const ELEMENT_BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 };
type StoredDtype = keyof typeof ELEMENT_BYTES;

/** A file of float32 tensors, in the order of their names; the header is padded so that numbers are aligned. */
export function writeSafetensors(
  tensors: readonly StoredTensor[],
  metadata: Record<string, string>,
): Blob {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, data } of sorted) {
    const end = offset + data.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  const length = new DataView(new ArrayBuffer(LENGTH_BYTES));
  length.setBigUint64(0, BigInt(padded.length), true);
  return new Blob([length.buffer, padded, ...sorted.map(({ data }) => data)], {
    type: 'application/octet-stream',
  });
}

/** The tensors and metadata of a file. `PackageRefused` where its lengths do not fit together. */
export async function readSafetensors(
  file: Blob,
): Promise<{ tensors: StoredTensor[]; metadata: Record<string, string> }> {
  if (file.size > MAX_BYTES) {
    throw appError(
      'PackageRefused',
      `This file has ${file.size} bytes (expected at most ${MAX_BYTES}): it is a whole model, and no factors for one. Choose the ` +
        'file of the LoRA.',
    );
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.length < LENGTH_BYTES) throw refused(`it has ${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const start = LENGTH_BYTES + length;
  if (length > MAX_HEADER_BYTES || start > bytes.length) {
    throw refused(`its header claims ${length} bytes, the file has ${bytes.length}`);
  }
  const { __metadata__: metadata, ...entries } = parseHeader(bytes.subarray(LENGTH_BYTES, start));
  const tensors = Object.entries(entries).map(([name, entry]) =>
    readTensor(name, (entry ?? {}) as Partial<HeaderEntry>, bytes.subarray(start)),
  );
  checkGaps(tensors, bytes.length - start);
  const texts = Object.entries(metadata ?? {}).filter(([, text]) => typeof text === 'string');
  return {
    tensors: tensors.map(({ name, shape, data }) => ({ name, shape, data })),
    metadata: Object.fromEntries(texts),
  };
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

interface ReadTensor extends StoredTensor {
  from: number;
  to: number;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) {
      return header as Record<string, unknown>;
    }
  } catch {
    // said below
  }
  throw refused('its header is no JSON object');
}

function readTensor(name: string, entry: Partial<HeaderEntry>, numbers: Uint8Array): ReadTensor {
  const { dtype, shape, data_offsets: offsets } = entry;
  const whole = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(whole)) throw refused(`${name} has no shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) {
    throw refused(`${name} has no place in the file`);
  }
  if (!dtype || !(dtype in ELEMENT_BYTES)) {
    throw refused(
      `${name} is of type ${dtype ?? 'none'} (expected one of ${Object.keys(ELEMENT_BYTES).join(', ')})`,
    );
  }
  const [from, to] = offsets;
  const count = shape.reduce((product, size) => product * size, 1);
  if (to > numbers.length || to - from !== count * ELEMENT_BYTES[dtype as StoredDtype]) {
    throw refused(`${name} claims bytes ${from} to ${to} for ${count} numbers of type ${dtype}`);
  }
  return { name, shape, from, to, data: toFloats(numbers.slice(from, to), dtype as StoredDtype) };
}

/** The format wants every byte to belong to one tensor. */
function checkGaps(tensors: ReadTensor[], numBytes: number) {
  let at = 0;
  for (const { name, from, to } of [...tensors].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== at) throw refused(`${name} begins at byte ${from}, expected ${at}`);
    at = to;
  }
  if (at !== numBytes) throw refused(`its tensors end at byte ${at} of ${numBytes}`);
}

function toFloats(bytes: Uint8Array<ArrayBuffer>, dtype: StoredDtype): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(bytes.buffer);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(bytes.buffer));
  if (dtype === 'F8_E4M3') return Float32Array.from(bytes, fromE4M3);
  // E5M2 is the upper half of a float16.
  if (dtype === 'F8_E5M2') return Float32Array.from(bytes, (byte) => fromFloat16(byte << 8));
  const halves = new Uint16Array(bytes.buffer);
  if (dtype === 'F16') return Float32Array.from(halves, fromFloat16);
  // bfloat16 is the upper half of a float32.
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

/** Four bits of exponent, bias 7, three of mantissa; no infinity. Micikevicius et al. 2022, https://arxiv.org/abs/2209.05433. */
function fromE4M3(byte: number): number {
  const [sign, exponent, mantissa] = [byte >> 7 ? -1 : 1, (byte >> 3) & 15, byte & 7];
  if (exponent === 15 && mantissa === 7) return NaN;
  return exponent === 0 ? (sign * mantissa) / 512 : sign * (1 + mantissa / 8) * 2 ** (exponent - 7);
}

function refused(why: string) {
  return appError(
    'PackageRefused',
    `This is no whole safetensors file: ${why}. Get the file again from where it was made.`,
  );
}
