import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DicomOrigin } from '../../../src/image/dicom/dicom-origin';
import { encodeDicom, type DicomPixels } from '../../../src/image/dicom/write-dicom';
import { encodeNifti, encodeNiftiGz } from '../../../src/image/nifti/write-nifti';
import { sha256OfSamples } from './format-fixtures';
import { canStart, dciodvfy, PYTHON, pythonHas, ROOT } from './outside-programs';

/** Exports read by programs that have nothing to do with this app, where this machine has them. */
const hasDciodvfy = canStart('dciodvfy', ['-version']);
const hasDcmdump = canStart('dcmdump', ['--version']);
const hasPython = pythonHas('pydicom', 'nibabel');

const origin: DicomOrigin = {
  modality: 'CR',
  model: 'Phantoscope small 0.2',
  modelHash: 'ab'.repeat(32),
  appVersion: '0.1.0',
  comments: 'röntgen of a chest, 胸部 \\ <b>bold</b>\nseed 7',
  instanceNumber: 3,
  provenance: { origin: 'text' },
  createdAt: new Date('2026-11-22T10:11:12Z'),
  sex: 'F',
  ageYears: 61,
};
const size = { width: 5, height: 3 };
const FILES: Record<string, DicomPixels> = {
  'grey-8.dcm': {
    ...size,
    channels: 1,
    samples: Uint8Array.from({ length: 15 }, (_, i) => i * 17),
  },
  'colour-8.dcm': {
    ...size,
    channels: 3,
    samples: Uint8Array.from({ length: 45 }, (_, i) => i * 5),
  },
  'grey-16.dcm': {
    ...size,
    channels: 1,
    samples: Uint16Array.from({ length: 15 }, (_, i) => i * 4000),
    spacing: { x: 0.5, y: 1 / 3 },
    window: { centre: 30_000, width: 60_000, shape: 'LINEAR_EXACT' },
  },
  'signed-16.dcm': {
    ...size,
    channels: 1,
    samples: Int16Array.from({ length: 15 }, (_, i) => i * 300 - 2000),
    window: { centre: 40, width: 400, shape: 'LINEAR' },
    rescale: { slope: 1, intercept: -1024, unit: 'HU' },
  },
};
const WORDS = { description: 'synthetic image', kind: 'synthetic' } as const;
const NIFTI = { ...WORDS, width: 4, height: 3, numSlices: 2, channels: 1 as const };
const STACK = Int16Array.from({ length: 24 }, (_, i) => i * 100 - 900);

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'phantoscope-formats-'));
  const write = async (name: string, blob: Blob) =>
    writeFileSync(join(folder, name), new Uint8Array(await blob.arrayBuffer()));
  for (const [name, pixels] of Object.entries(FILES))
    await write(name, encodeDicom(pixels, origin));
  await write('stack.nii', encodeNifti({ ...NIFTI, samples: STACK, spacing: [0.5, 0.75, 2] }));
  const one = { ...NIFTI, numSlices: 1, samples: new Float32Array(12).fill(1.5), spacing: null };
  await write('slice.nii.gz', await encodeNiftiGz(one));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!hasDciodvfy).each(Object.keys(FILES))('dciodvfy finds no error in %s', (name) => {
  const { errors, words } = dciodvfy(join(folder, name));
  expect(words).toContain('SCImage');
  expect(errors).toEqual([]);
});

test.skipIf(!hasDcmdump).each(Object.keys(FILES))('dcmdump reads %s to its end', (name) => {
  const text = execFileSync('dcmdump', ['-q', join(folder, name)], { encoding: 'utf8' });
  expect(text).toContain('=LittleEndianExplicit');
  expect(text).toMatch(/\(0008,001c\) CS \[YES/i);
  expect(text).toMatch(/\(7fe0,0010\)/);
});

interface Found {
  shape: number[];
  sha256: string;
  [key: string]: unknown;
}

test.skipIf(!hasPython)('pydicom and nibabel find the same pixels and every mark', () => {
  const script = join(ROOT, 'training/goldens/check_formats.py');
  const found = JSON.parse(execFileSync(PYTHON, [script, folder], { encoding: 'utf8' })) as Record<
    string,
    Found
  >;

  for (const [name, { samples, channels }] of Object.entries(FILES)) {
    expect(found[name].shape).toEqual(channels === 3 ? [3, 5, 3] : [3, 5]);
    expect(found[name].sha256).toBe(sha256OfSamples(samples));
    expect(found[name]).toMatchObject({
      synthetic: 'YES',
      conversion: 'SYN',
      imageType: ['DERIVED', 'SECONDARY'],
      qualification: 'RESEARCH',
      burnedIn: 'NO',
      patient: 'SYNTHETIC^PHANTOM',
      purpose: '109100',
      contribution: expect.stringContaining('ab'.repeat(32)) as string,
      comments: origin.comments,
    });
    for (const uid of found[name].uids as string[]) expect(uid).toMatch(/^2\.25\.\d{1,39}$/);
  }
  expect(found['grey-16.dcm'].window).toEqual([30_000, 60_000]);
  expect((found['grey-16.dcm'].spacing as number[])[0]).toBeCloseTo(1 / 3, 9);
  const all = Object.values(found).flatMap(({ uids }) => (uids as string[] | undefined) ?? []);
  expect(new Set(all).size).toBe(12);
  expect(found['stack.nii']).toMatchObject({
    shape: [4, 3, 2],
    type: 'int16',
    codes: ['L', 'P', 'S'],
    zooms: [0.5, 0.75, 2],
    sha256: sha256OfSamples(STACK),
    intent: 'synthetic',
    descrip: expect.stringContaining('synthetic') as string,
  });
  expect(found['slice.nii.gz']).toMatchObject({ shape: [4, 3, 1], type: 'float32' });
});
