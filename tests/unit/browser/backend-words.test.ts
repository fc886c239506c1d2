import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { backendWords, inEnglish, reasonWords } from '../../../src/browser/backend-words';
import { english } from '../../../src/browser/texts';
import type { WorkerSetup } from '../../../src/contract/inference';
import type { BackendReason, BackendReport } from '../../../src/contract/request';
import german from '../../../src/languages/de';
import spanish from '../../../src/languages/es';
import { wasmBackend } from '../../../src/models/runtime/backend';
import type { CpuFallback } from '../../../src/models/runtime/cpu-fallback';

/** One of each kind; a kind that is added and not here is an error of types. */
const EVERY: { [Kind in BackendReason['kind']]: BackendReason & { kind: Kind } } = {
  choseCpu: { kind: 'choseCpu' },
  choseWebGpu: { kind: 'choseWebGpu' },
  fastest: { kind: 'fastest' },
  noWebGpu: { kind: 'noWebGpu' },
  noAdapter: { kind: 'noAdapter' },
  deviceRefused: { kind: 'deviceRefused' },
  gpuLacks: { kind: 'gpuLacks', missing: { features: ['shader-f16', 'subgroups'] } },
  wrongNumbers: { kind: 'wrongNumbers' },
  cannotRun: { kind: 'cannotRun' },
  stopped: { kind: 'stopped' },
  lostTwice: { kind: 'lostTwice' },
  lostForGood: { kind: 'lostForGood' },
  smallNetwork: { kind: 'smallNetwork' },
};
const LANGUAGES = { German: german.browser, Spanish: spanish.browser };

/** The catalogue of a language as it is shown: what it leaves out would be English. */
const wordsOf = (name: keyof typeof LANGUAGES) => ({ ...english, ...LANGUAGES[name] });

test.each(Object.values(EVERY))('$kind is a sentence of its own in each language', (reason) => {
  const said = [english, wordsOf('German'), wordsOf('Spanish')].map((words) =>
    reasonWords(reason, words),
  );

  expect(new Set(said).size).toBe(3);
  for (const sentence of said) expect(sentence).toMatch(/^[A-Z].+\.$/);
});

test('no two kinds are said alike', () => {
  for (const words of [english, wordsOf('German'), wordsOf('Spanish')]) {
    const said = Object.values(EVERY).map((reason) => reasonWords(reason, words));
    expect(new Set(said).size).toBe(said.length);
  }
});

test('what a GPU lacks is named in each language, features and bytes of a buffer', () => {
  const missing = { bufferBytes: 256e6, hasBytes: 128e6 };
  for (const words of [english, wordsOf('German'), wordsOf('Spanish')]) {
    expect(reasonWords(EVERY.gpuLacks, words)).toContain('shader-f16, subgroups');
    const narrow = reasonWords({ kind: 'gpuLacks', missing }, words);
    expect(narrow).toContain('256,000,000 ');
    expect(narrow).toContain('128,000,000');
  }
  expect(reasonWords({ kind: 'gpuLacks', missing })).toContain('buffers of 256,000,000 bytes');
});

test('the terminal gets an English sentence, with what is slower there', () => {
  const report: BackendReport = { backend: 'webgpu', device: 'RTX', reason: EVERY.choseWebGpu };
  expect(inEnglish(report)).toEqual({ ...report, reason: 'You chose WebGPU.' });
  expect(inEnglish({ ...report, notRecorded: true }).reason).toMatch(/^You chose WebGPU\. It does/);
  expect(backendWords({ ...report, notRecorded: true }, wordsOf('German'))).toMatch(
    /^Sie haben WebGPU gewählt\. Aufgezeichnete Schritte/,
  );
  expect(backendWords({ ...report, notHalf: true }, wordsOf('Spanish'))).toMatch(
    /\. Su aritmética float16 no pasó/,
  );
});

test('a record of an older version holds a sentence, which is said as it is', () => {
  const old = { backend: 'wasm', device: '2 threads', reason: 'You chose the CPU.' } as const;
  expect(backendWords(old, wordsOf('German'))).toBe('You chose the CPU.');
  expect(inEnglish(old)).toEqual(old);
});

test('nothing that gives a reason takes a sentence for one', () => {
  const environment = { gpu: undefined, crossOriginIsolated: false, hardwareConcurrency: 1 };
  const reason = 'You chose the CPU.';
  // @ts-expect-error: a sentence is no reason; the compiler complains here once it is one.
  const backend = wasmBackend(reason, environment);
  // @ts-expect-error: as above
  const fallback: CpuFallback = { reason, standsIn: false };
  // @ts-expect-error: as above
  const setup: WorkerSetup = { manifestUrl: '', cpuReason: reason };
  expect([backend.report.reason, fallback.reason, setup.cpuReason]).toHaveLength(3);
});

test('these sentences stand in the catalogues alone', () => {
  const root = resolve(import.meta.dirname, '../../../src');
  const telling = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      /\.(ts|svelte)$/.test(path) &&
      /so the CPU does|You chose (the CPU|WebGPU)/.test(readFileSync(join(root, path), 'utf8')),
  );

  expect(telling).toEqual(['browser/texts.ts']);
});
