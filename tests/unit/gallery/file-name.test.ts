import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freeName } from '../../../cli/save-files.js';
import { fileName } from '../../../src/gallery/file-name';
import { mayBeImage } from '../../../src/image/image-file-name';
import { randomId } from '../../../src/common/random-id';
import type { GenerationRequest } from '../../../src/contract/request';

const asked = (prompt: string) => ({ prompt, seed: 7, imageIndex: 0 }) as GenerationRequest;

test('prompts in any script have names of their own, one that is all signs is an image', () => {
  expect(fileName(asked('肺炎'))).toBe('肺炎-7-0.png');
  expect(fileName(asked('結核'))).toBe('結核-7-0.png');
  expect(fileName(asked('ガラス'))).toBe('ガラス-7-0.png');
  expect(fileName(asked('Röntgen, Überlagerung'))).toBe('rontgen-uberlagerung-7-0.png');
  expect(fileName(asked('!?'))).toBe('image-7-0.png');
  expect(Array.from(fileName(asked('肺'.repeat(99))))).toHaveLength(48 + '-7-0.png'.length);
  const folder = mkdtempSync(join(tmpdir(), 'names-'));
  const names = ['肺炎', '結核'].map((prompt) => freeName(folder, asked(prompt), 'png'));
  expect(new Set(names).size).toBe(2);
});

test.each([
  ['IM000000', true],
  ['scan/1.2.840.113619.2.1', true],
  ['a/I.001', true],
  ['a/b.NII.GZ', true],
  ['DICOMDIR', false],
  ['README', false],
  ['SHA256SUMS', false],
  ['labels.csv', false],
  ['.DS_Store', false],
  ['notes.txt', false],
])('%s may be an image: %s', (path, expected) => {
  expect(mayBeImage(path)).toBe(expected);
});

test('ids are random UUIDs where the page is not secure, too', () => {
  const secure = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!;
  const { crypto } = globalThis;
  const value = {
    getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes),
  };
  Object.defineProperty(globalThis, 'crypto', { value, configurable: true });
  try {
    const ids = Array.from({ length: 50 }, randomId);
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  } finally {
    Object.defineProperty(globalThis, 'crypto', secure);
  }
});
