import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeVolumeDicom } from '../../../src/image/dicom/dicom-volume';
import { encodeVolume } from '../../../src/image/volume/volume-files';
import { sha256OfSamples } from './format-fixtures';
import { canStart, dciodvfy, PYTHON, pythonHas, ROOT } from './outside-programs';
import { toyVolume } from './toy-volume';

// A series and its segmentation, read by programs that have nothing to do with this app, where this machine has them.
const hasDciodvfy = canStart('dciodvfy', ['-version']);
const hasReaders = canStart('dcm2niix', ['-v']) && pythonHas('pydicom', 'highdicom', 'nibabel');
const spacingMm: [number, number, number] = [0.5, 0.75, 2];
const volume = toyVolume({ spacingMm });

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'phantoscope-series-'));
  mkdirSync(join(folder, 'dicom'));
  const made = await encodeVolume(volume, { origin: 'text' });
  const files = await encodeVolumeDicom(made, {
    ...{ model: 'Hippocampus 0.1', modelHash: 'cd'.repeat(32), appVersion: '1.0.0' },
    ...{ comments: 'hippocampus mri', instanceNumber: 4, provenance: { origin: 'text' } },
    createdAt: new Date('2026-11-22T10:11:12Z'),
  });
  for (const { path, blob } of files)
    writeFileSync(join(folder, 'dicom', path), new Uint8Array(await blob.arrayBuffer()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!hasDciodvfy).each([
  ['slice-001.dcm', 'MRImage'],
  ['labels.dcm', 'Segmentation'],
])('dciodvfy finds no error in %s', (name, kind) => {
  const { errors, words } = dciodvfy(join(folder, 'dicom', name));
  expect(words).toContain(kind);
  expect(errors).toEqual([]);
});

interface Found {
  series: Record<string, unknown> & { FrameOfReferenceUID: string[]; StudyInstanceUID: string[] };
  segmentation: Record<string, unknown>;
  nifti: Record<string, unknown>;
}

test.skipIf(!hasReaders)('dcm2niix gives the volume back, and highdicom the label map', () => {
  const back = join(folder, 'back');
  mkdirSync(back);
  execFileSync('dcm2niix', [
    '-z',
    'n',
    '-b',
    'n',
    '-f',
    'series-%s',
    '-o',
    back,
    join(folder, 'dicom'),
  ]);
  const script = join(ROOT, 'training/goldens/check_dicom_volume.py');
  const image = join(back, 'series-1.nii'); // it makes one of the segmentation too
  const words = execFileSync(PYTHON, [script, join(folder, 'dicom'), image], { encoding: 'utf8' });
  const { series, segmentation, nifti } = JSON.parse(words) as Found;

  const [image256, labels256] = [volume.image, volume.labelMap].map(sha256OfSamples);
  expect(series).toMatchObject({ slices: 5, instances: 5, synthetic: ['YES'], sha256: image256 });
  expect(nifti).toEqual({
    shape: [7, 9, 5],
    affine: [
      [0.5, 0, 0, 0],
      [0, 0.75, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ],
    sha256: image256,
  });
  expect(segmentation).toMatchObject({
    labels: ['front', 'back'],
    types: ['5366008', '5366008'],
    modifiers: ['255549009', null],
    frameOfReference: series.FrameOfReferenceUID[0],
    study: series.StudyInstanceUID[0],
    frames: 5,
    pydicom: 5,
    synthetic: 'YES',
    spacing: [2, 0.75, 0.5],
    sha256: labels256,
  });
});
