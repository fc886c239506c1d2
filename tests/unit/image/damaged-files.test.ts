import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { FuzzedFormat } from '../../fuzz/damaged-files';
import { packageZip } from '../../fuzz/package-zip';
import { tryDamaged } from '../../fuzz/try-files';
import { fetchFromDisk, fixture } from './format-fixtures';

/** Of 10,000; the rest is tried by `npm run prove-formats`. */
const COUNT = 200;
const FOLDER = resolve(import.meta.dirname, '../../fixtures/formats');

async function originalsOf(format: FuzzedFormat) {
  if (format === 'ZIP') return [{ name: 'package.zip', bytes: await packageZip() }];
  const ending = { PNG: /\.png$/, JPEG: /\.jpg$/, DICOM: /\.dcm$/, NIfTI: /\.nii(\.gz)?$/ }[format];
  return readdirSync(FOLDER)
    .filter((name) => ending.test(name))
    .map((name) => ({ name, bytes: fixture(name) }));
}

/** Node has none: that of the browser gets its own 200 files in tests/browser. */
const decodeBitmap = () => Promise.reject(new DOMException('bad', 'InvalidStateError'));

test.each<FuzzedFormat>(['PNG', 'JPEG', 'DICOM', 'NIfTI', 'ZIP'])(
  '200 damaged %s files are read or refused by name, within a second each, and leave nothing behind',
  { timeout: 300_000 },
  async (format) => {
    const report = await tryDamaged(
      format,
      await originalsOf(format),
      { count: COUNT },
      { fetchBytes: fetchFromDisk, decodeBitmap },
    );
    expect(report.failures).toEqual([]);
    expect(report.refused).toBeGreaterThan(COUNT / 10);
  },
);
