import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Samples } from '../../../src/image/decoded-image';

const FOLDER = resolve(import.meta.dirname, '../../fixtures/formats');

/** What training/goldens/make_format_fixtures.py says of a file. */
export interface Expected {
  width: number;
  height: number;
  channels: number;
  frames: number;
  type: string;
  sha256?: string;
  lastFrame?: string;
  at?: number[];
  values?: number[];
}

/** What it says of a NIfTI volume. */
export interface ExpectedVolume {
  shape: number[];
  spacing: number[];
  slices: Record<string, { width: number; height: number; values: number[] }>;
}

export const EXPECTED = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Record<
  string,
  Expected & ExpectedVolume
>;

export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(FOLDER, name)));
}

/** Of the samples as little-endian bytes: what Python's numpy hashed. */
export function sha256OfSamples(samples: Samples): string {
  const { buffer, byteOffset, byteLength } = samples;
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

/** Gets a codec's WebAssembly from node_modules: in Node there is no server to ask. */
export async function fetchFromDisk(url: string): Promise<ArrayBuffer> {
  const path = url.replace(/^.*\/node_modules\//, '').replace(/\?.*$/, '');
  const root = resolve(import.meta.dirname, '../../../node_modules');
  return new Uint8Array(readFileSync(join(root, path))).buffer;
}
