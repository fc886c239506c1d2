/** Typed arrays that a record may hold. */
const ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
};
type ArrayName = keyof typeof ARRAYS;

/** What JSON cannot say, and where in the record it belongs. */
type Part = { path: (string | number)[] } & (
  | { kind: 'date'; time: number }
  | { kind: 'number'; text: string }
  | { kind: 'blob'; type: string; length: number }
  | { kind: 'buffer'; length: number }
  | { kind: ArrayName; length: number }
);

type Contents = Promise<Uint8Array>[];

interface Header {
  json: unknown;
  parts: Part[];
}

const HEADER_LENGTH_BYTES = 4;

/**
 * A record as bytes: header length (uint32, little-endian), header (JSON), then the contents of its Blobs and arrays
 * in the order of the header's parts. Takes what records are made of: plain objects, arrays, strings, numbers,
 * booleans, null, Date, Blob, ArrayBuffer and typed arrays.
 */
export async function encodeRecord(record: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Part[] = [];
  const contents: Contents = [];
  const json = strip(record, [], parts, contents);
  const header = new TextEncoder().encode(JSON.stringify({ json, parts } satisfies Header));
  const length = new DataView(new ArrayBuffer(HEADER_LENGTH_BYTES));
  length.setUint32(0, header.length, true);
  return joined([new Uint8Array(length.buffer), header, ...(await Promise.all(contents))]);
}

/** The record that `encodeRecord` was given. */
export function decodeRecord(bytes: Uint8Array<ArrayBuffer>): unknown {
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const contentStart = HEADER_LENGTH_BYTES + headerLength;
  const text = new TextDecoder().decode(bytes.subarray(HEADER_LENGTH_BYTES, contentStart));
  const header = JSON.parse(text) as Header;
  const root = { record: header.json };
  let at = contentStart;
  for (const part of header.parts) {
    const length = 'length' in part ? part.length : 0;
    // A copy of its own: typed arrays need aligned bytes, and a view would keep the whole record in memory.
    place(root, part, bytes.slice(at, at + length).buffer);
    at += length;
  }
  return root.record;
}

/** The record with null for all that JSON cannot say, which goes to `parts` and `contents`. */
function strip(value: unknown, path: Part['path'], parts: Part[], contents: Contents): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    parts.push({ path, kind: 'number', text: String(value) });
    return null;
  }
  if (typeof value !== 'object' || value === null) return checked(value);
  if (Array.isArray(value)) {
    return value.map((item, i) => strip(item, [...path, i], parts, contents));
  }
  if (Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, strip(item, [...path, key], parts, contents)]),
    );
  }
  if (value instanceof Date) parts.push({ path, kind: 'date', time: value.getTime() });
  else stripBinary(value, path, parts, contents);
  return null;
}

function stripBinary(value: object, path: Part['path'], parts: Part[], contents: Contents) {
  const kind = value.constructor.name;
  if (value instanceof Blob) {
    parts.push({ path, kind: 'blob', type: value.type, length: value.size });
    contents.push(value.arrayBuffer().then((buffer) => new Uint8Array(buffer)));
  } else if (value instanceof ArrayBuffer) {
    parts.push({ path, kind: 'buffer', length: value.byteLength });
    contents.push(Promise.resolve(new Uint8Array(value)));
  } else if (kind in ARRAYS) {
    const array = value as Uint8Array<ArrayBuffer>;
    parts.push({ path, kind: kind as ArrayName, length: array.byteLength });
    const { buffer, byteOffset, byteLength } = array;
    contents.push(Promise.resolve(new Uint8Array(buffer, byteOffset, byteLength)));
  } else {
    throw new Error(`A record cannot hold a ${kind} (at ${path.join('.')}).`);
  }
}

function joined(pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function checked(value: unknown): unknown {
  if (['bigint', 'function', 'symbol'].includes(typeof value)) {
    throw new Error(`A record cannot hold a ${typeof value}.`);
  }
  return value;
}

function place(root: { record: unknown }, part: Part, content: ArrayBuffer) {
  const keys = ['record', ...part.path];
  const last = keys.pop()!;
  let parent = root as Record<string | number, unknown>;
  for (const key of keys) parent = parent[key] as typeof parent;
  parent[last] = revive(part, content);
}

function revive(part: Part, content: ArrayBuffer): unknown {
  switch (part.kind) {
    case 'date':
      return new Date(part.time);
    case 'number':
      return Number(part.text);
    case 'blob':
      return new Blob([content], { type: part.type });
    case 'buffer':
      return content;
    default:
      return new ARRAYS[part.kind](content);
  }
}
