/** What the built files may contain, whoever wrote it; no browser needed. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { DIST } from '../../../cli/install.js';

interface InertUrl {
  starts: string;
  why: string;
}

const INERT = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../inert-urls.json'), 'utf8'),
) as InertUrl[];

/** Path → text of every file a browser runs or reads; weights, pictures and texts for people are none. */
function builtTexts(): [string, string][] {
  return readdirSync(DIST, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(html|js|css|svg|webmanifest)$/.test(path))
    .map((path) => [path, readFileSync(join(DIST, path), 'utf8')]);
}

function urlsOf(text: string): string[] {
  return text.match(/(?:https?|wss?):\/\/[^\s"'`<>\\)}|^;]+/g) ?? [];
}

/** Paths of what a first visit fetches. */
function atFirst(): string[] {
  const worker = readFileSync(join(DIST, 'service-worker.js'), 'utf8');
  return /precache:`([^`]+)`/.exec(worker)?.[1].split(',') ?? [];
}

test('every URL in the built files is on the reviewed list, and the list has no more', () => {
  const used = new Set<InertUrl>();
  const unknown: string[] = [];
  for (const [path, text] of builtTexts()) {
    for (const url of urlsOf(text)) {
      const known = INERT.find(({ starts }) => url.startsWith(starts));
      if (known) used.add(known);
      else unknown.push(`${path}: ${url}`);
    }
  }

  expect(unknown).toEqual([]);
  expect(INERT.filter((entry) => !used.has(entry)).map(({ starts }) => starts)).toEqual([]);
});

test('the search finds a URL wherever a bundler may put it', () => {
  const texts = [
    'fetch("https://a.test/x")',
    'u=`wss://a.test`',
    '@import url(http://a.test/b.css)',
  ];

  expect(texts.flatMap(urlsOf)).toEqual([
    'https://a.test/x',
    'wss://a.test',
    'http://a.test/b.css',
  ]);
});

test('WebRTC is named only where it is taken away and where its absence is checked', () => {
  const uses = builtTexts().flatMap(([, text]) => text.match(/.{0,30}RTCPeerConnection/g) ?? []);

  expect(uses.filter((use) => /new RTCPeerConnection$/.test(use))).toHaveLength(1);
  const others = uses.filter((use) => !/new RTCPeerConnection$/.test(use));
  expect(others.length).toBeGreaterThan(0);
  for (const use of others) expect(use).toMatch(/[`'"](webkit)?RTCPeerConnection$/);
});

test('every build of ONNX Runtime ships packed, and nowhere unpacked', () => {
  const files = readdirSync(join(DIST, 'assets'));
  const packed = files.filter((name) => /^ort-wasm.*\.wasm\.gz$/.test(name));

  expect(packed.length).toBeGreaterThan(0);
  expect(files.filter((name) => /^ort.*\.wasm$/.test(name))).toEqual([]);
  for (const name of packed) {
    const bytes = readFileSync(join(DIST, 'assets', name));
    const wasm = gunzipSync(bytes);
    expect([...wasm.subarray(0, 4)]).toEqual([0, 0x61, 0x73, 0x6d]);
    expect(bytes.length / wasm.length).toBeLessThan(0.3);
  }
});

test('transformers.js lies in parts of its own, brings no runtime, and waits until somebody brings a model', () => {
  const files = readdirSync(join(DIST, 'assets'));
  const builds = files.flatMap((name) => /^(ort-wasm.*)-[\w-]{8}\.wasm\.gz$/.exec(name)?.[1] ?? []);
  expect(builds.sort()).toEqual(['ort-wasm-simd-threaded.asyncify', 'ort-wasm-simd-threaded.jspi']);

  const parts = builtTexts().filter(([, text]) =>
    text.includes('huggingface.co/docs/transformers'),
  );
  // Workers share no files: one draws, one tunes, one compares.
  expect(parts.map(([path]) => path.replace(/-[\w-]{8}\.js$/, '')).sort()).toEqual([
    'assets/runtime-auto-tokenizer',
    'assets/runtime-auto-tokenizer',
    'assets/runtime-transformers-files',
  ]);
  for (const [path, text] of parts) {
    expect(text).not.toMatch(/from[`'"][^`'"]*ort\./);
    expect(atFirst()).not.toContain(path);
    expect(gzipSync(text).length).toBeLessThan(130_000);
  }
});

test('all that a first visit needs before the weights stays within 250 kB, gzip', () => {
  const files = atFirst();
  const sizes = files.map((path) => gzipSync(readFileSync(join(DIST, path))).length);

  expect(files).toContain('index.html');
  expect(files.some((path) => path.startsWith('assets/inference.worker-'))).toBe(true);
  expect(files.filter((path) => /Datasets|niivue|dicom|evaluation|ort-wasm/i.test(path))).toEqual(
    [],
  );
  expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(250_000);
});
