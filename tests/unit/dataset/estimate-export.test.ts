import { expect, test } from 'vitest';
import type { DatasetItem } from '../../../src/dataset/dataset-item';
import { estimateBytes, sampleOf } from '../../../src/dataset/zip/estimate-export';
import { datasetFiles } from '../../../src/dataset/export-dataset';
import { FILE_FORMATS, type ImageFileFormat } from '../../../src/dataset/formats/format';
import { LAYOUTS, type LayoutName } from '../../../src/dataset/layouts/layout';
import { layoutRefusal } from '../../../src/dataset/layouts/layout-of';
import { writeZip } from '../../../src/dataset/zip/zip-stream';
import { encodeSamples } from '../../../src/image/png';
import { DESCRIPTION, toyItem, toyMask } from './toy-dataset';

const SHARES = { train: 0.7, validation: 0.1, test: 0.2 };

/** 64×64, RGB: grey X-rays with little noise, then coloured skin with much, so that sizes differ by row. */
function picture(i: number, row: number): Blob {
  let state = i + 1;
  const noise = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const samples = Uint8Array.from({ length: 64 * 64 * 3 }, (_, k) => {
    const smooth = 100 + 60 * Math.sin(Math.floor(k / 3) / (20 + (i % 7)));
    return row === 0 ? (k % 3 === 0 ? smooth : 0) : smooth + 40 * noise();
  });
  if (row === 0) samples.forEach((_, k) => (samples[k] = samples[k - (k % 3)]));
  return encodeSamples({ width: 64, height: 64, samples }, { Description: 'Synthetic' });
}

/** 30 of one row, 20 of another. */
const items: DatasetItem[] = Array.from({ length: 50 }, (_, i) => {
  const row = i < 30 ? 0 : 1;
  const { record } = toyItem(i, true, {
    row,
    prompt: row ? 'skin photo, nevus' : 'chest x-ray, normal',
    label: row ? 'nevus' : 'normal',
    provenance: { origin: 'mask' },
  });
  return { record, load: async () => ({ png: picture(i, row), mask: toyMask() }) };
});

async function realBytes(format: ImageFileFormat, layout: LayoutName): Promise<number> {
  let bytes = 0;
  const target = new WritableStream<Uint8Array>({ write: (piece) => void (bytes += piece.length) });
  const files = datasetFiles(items, DESCRIPTION, { format, layout, shares: SHARES, seed: 1 });
  await writeZip(files, target, { createdAt: DESCRIPTION.createdAt });
  return bytes;
}

const CASES = FILE_FORMATS.flatMap(([format]) =>
  LAYOUTS.map(([layout]) => [format, layout] as const),
).filter(([format, layout]) => {
  const records = items.map(({ record }) => record);
  return layoutRefusal(layout, format, { records, volumes: false }) === null;
});

test('every format can be had in some layout', () => {
  expect(new Set(CASES.map(([format]) => format)).size).toBe(FILE_FORMATS.length);
  expect(new Set(CASES.map(([, layout]) => layout)).size).toBe(LAYOUTS.length);
});

// 20 % is what the page's "about" promises.
test.each(CASES)('%s as %s is estimated within 20 percent', async (format, layout) => {
  const options = { format, layout, shares: SHARES, seed: 1 };
  const estimated = await estimateBytes(sampleOf(items), items.length, DESCRIPTION, options);
  const real = await realBytes(format, layout);

  expect(real).toBeGreaterThan(20_000);
  expect(Math.abs(estimated / real - 1)).toBeLessThan(0.2);
});

test('a set of few images is not estimated but measured', async () => {
  const few = items.slice(0, 5);
  expect(sampleOf(few)).toEqual(few);
  expect(sampleOf(items).map(({ record }) => record.row)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
});
