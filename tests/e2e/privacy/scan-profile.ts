/** Looks for words and pixels in every file of a browser's profile, as they lie there and unpacked. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { decode } from 'fast-png';
import { tableBlocks } from './leveldb-table';

/** Bytes to look for, and what they are of: "words", "pixels", "PNG data", "factors". */
export interface Needle {
  what: string;
  bytes: Buffer;
}

/** A file that holds some of them. `packed`: only after it was unpacked. */
export interface Found {
  file: string;
  what: string;
  packed: boolean;
}

/** What a scan looked at. */
export interface Scan {
  files: number;
  bytes: number;
  /** Streams and blocks that were unpacked and looked at too. */
  unpacked: number;
  found: Found[];
}

/** A word in the forms that a browser writes: UTF-8, UTF-16, and base64 at each of its three places. */
export function wordNeedles(word: string): Needle[] {
  const shifted = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(word)]).toString('base64');
    // The signs at both ends share their bits with what stands beside.
    return Buffer.from(text.slice(before ? 4 : 0, -4));
  });
  const forms = [Buffer.from(word), Buffer.from(word, 'utf16le'), ...shifted];
  return forms.map((bytes) => ({ what: 'words', bytes }));
}

/** So many bytes in a row: long enough to be nobody else's, short enough to outlive a packer that finds little to pack. */
const RUN = 12;
const RUNS = 16;

/** A picture: runs of its pixels as RGB, RGBA, BGRA and grey, and of its PNG's own compressed data. */
export function pictureNeedles(png: Buffer): Needle[] {
  const { data, width, height, channels } = decode(png);
  const rgb = (i: number) => [0, 1, 2].map((c) => data[i * channels + Math.min(c, channels - 1)]);
  const pixels = Array.from({ length: width * height }, (_, i) => rgb(i));
  const layouts = [
    pixels.flat(),
    pixels.flatMap((one) => [...one, 255]),
    pixels.flatMap(([r, g, b]) => [b, g, r, 255]),
    pixels.map(([r]) => r),
  ];
  const ofPixels = layouts.flatMap((layout) => telling(Buffer.from(layout)));
  return [
    ...ofPixels.map((bytes) => ({ what: 'pixels', bytes })),
    ...telling(compressedData(png)).map((bytes) => ({ what: 'PNG data', bytes })),
  ];
}

/** The file of a tuned model: runs of its numbers. */
export function factorNeedles(safetensors: Buffer): Needle[] {
  const numbers = safetensors.subarray(8 + Number(safetensors.readBigUInt64LE(0)));
  return telling(numbers).map((bytes) => ({ what: 'factors', bytes }));
}

/** Runs all over the bytes, of many different values each. */
function telling(bytes: Buffer): Buffer[] {
  const starts = Array.from({ length: Math.floor(bytes.length / RUN) }, (_, i) => i * RUN);
  const varied = starts.filter((at) => new Set(bytes.subarray(at, at + RUN)).size >= RUN / 2);
  const every = Math.max(1, Math.floor(varied.length / RUNS));
  return varied.filter((_, i) => i % every === 0).map((at) => bytes.subarray(at, at + RUN));
}

/** All IDAT chunks. */
function compressedData(png: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(png.subarray(at + 8, at + 8 + length));
    }
    at += 12 + length;
  }
  return Buffer.concat(parts);
}

/** Every file of the profile. */
export function scanProfile(profile: string, needles: readonly Needle[]): Scan {
  const scan: Scan = { files: 0, bytes: 0, unpacked: 0, found: [] };
  const entries = readdirSync(profile, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    const file = relative(profile, path);
    const look = (text: Buffer, packed: boolean) => {
      for (const what of new Set(needles.map((needle) => needle.what))) {
        const known = scan.found.some((one) => one.file === file && one.what === what);
        const holds = needles.some((one) => one.what === what && text.includes(one.bytes));
        if (!known && holds) scan.found.push({ file, what, packed });
      }
    };
    scan.files++;
    scan.bytes += bytes.length;
    look(bytes, false);
    for (const text of unpack(path, bytes)) {
      scan.unpacked++;
      look(text, true);
    }
  }
  return scan;
}

const MAX_OUTPUT = { maxOutputLength: 64e6, finishFlush: 2 }; // Z_SYNC_FLUSH: what is cut off gives what it has

/** What is packed in a file: blocks of LevelDB, gzip, zlib as in PNG, and the members of ZIPs. */
function* unpack(path: string, bytes: Buffer): Generator<Buffer> {
  if (path.endsWith('.ldb')) yield* tableBlocks(bytes);
  for (const at of placesOf(bytes, [0x1f, 0x8b, 0x08])) {
    yield* attempt(() => gunzipSync(bytes.subarray(at), MAX_OUTPUT));
  }
  for (const at of placesOf(bytes, [0x50, 0x4b, 0x03, 0x04])) {
    if (at + 30 > bytes.length || bytes.readUInt16LE(at + 8) !== 8) continue;
    const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    yield* attempt(() => inflateRawSync(bytes.subarray(start), MAX_OUTPUT));
  }
  for (const level of [0x01, 0x5e, 0x9c, 0xda]) {
    for (const at of placesOf(bytes, [0x78, level])) {
      yield* attempt(() => inflateSync(bytes.subarray(at), MAX_OUTPUT));
    }
  }
}

function* placesOf(bytes: Buffer, signature: number[]): Generator<number> {
  const wanted = Buffer.from(signature);
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) yield at;
}

/** Nothing where the bytes only look like a packed stream, or give too little to matter. */
function* attempt(unpackAll: () => Buffer): Generator<Buffer> {
  try {
    const text = unpackAll();
    if (text.length >= RUN) yield text;
  } catch {
    // no stream
  }
}
