import { expect, test } from 'vitest';
import type { GeneratedVolume } from '../../../src/contract/picture';
import type { DatasetDescription, DatasetItem } from '../../../src/dataset/dataset-item';
import type { ImageFileFormat } from '../../../src/dataset/formats/format';
import { datasetFiles } from '../../../src/dataset/export-dataset';
import { encodeSamples } from '../../../src/image/png';
import { encodeVolume } from '../../../src/image/volume/volume-files';
import { toyVolume } from '../image/toy-volume';

const png = encodeSamples({ width: 2, height: 2, samples: new Uint8Array(4) }, {});
const volume = {
  image: new Blob(['image']),
  labels: new Blob(['labels']),
  size: [40, 56, 40] as [number, number, number],
  labelMm3: { 'anterior hippocampus': 1702, 'posterior hippocampus': 1498 },
};

function item(
  id: string,
  covariates: Record<string, number>,
  volume: GeneratedVolume,
): DatasetItem {
  const record = {
    ...{ id, row: 0, label: '', prompt: 'hippocampus', negativePrompt: '', seed: 1, imageIndex: 0 },
    ...{ numInferenceSteps: 8, guidanceScale: 1, scheduler: 'flow-match-euler', covariates },
    ...{
      modelId: 'v',
      modelHash: 'h',
      createdAt: new Date(0),
      provenance: { origin: 'mask' as const },
    },
  };
  return { record, load: () => Promise.resolve({ png, volume }) };
}

const description: DatasetDescription = {
  ...{ title: 'Volumes', description: '', version: '1.0.0', createdAt: new Date(0) },
  ...{ licence: { name: 'x', url: '' }, models: [], covariates: [], maskClasses: [] },
  ...{ copyCheck: null, appVersion: '1' },
};

async function exported(format: ImageFileFormat, made: GeneratedVolume = volume) {
  const items = [item('a', { anterior_mm3: 1700 }, made), item('b', {}, made)];
  const shares = { train: 1, validation: 0, test: 0 };
  const files = new Map<string, Blob>();
  for await (const { path, blob } of datasetFiles(items, description, {
    format,
    shares,
    seed: 1,
  })) {
    files.set(path, blob);
  }
  return files;
}

test('a data set of volumes has pictures, pairs of NIfTI files and a table of what was asked and drawn', async () => {
  const files = await exported('png');
  const paths = ['a', 'b'].flatMap((id) => [`${id}.nii.gz`, `${id}_label.nii.gz`]);
  expect([...files.keys()]).toEqual(
    expect.arrayContaining(['images/a.png', ...paths.map((path) => `volumes/${path}`)]),
  );
  expect(files.get('volumes/b_label.nii.gz')).toBe(volume.labels);
  expect((await files.get('volumes.csv')!.text()).split('\r\n')).toEqual([
    'image,labels,picture,shape,asked anterior_mm3,anterior hippocampus mm3,posterior hippocampus mm3',
    'volumes/a.nii.gz,volumes/a_label.nii.gz,images/a.png,40x56x40,1700,1702,1498',
    'volumes/b.nii.gz,volumes/b_label.nii.gz,images/b.png,40x56x40,,1702,1498',
    '',
  ]);
  expect(await files.get('SHA256SUMS')!.text()).toContain('  volumes.csv\n');
});

test('as NIfTI the volume itself lies among the images', async () => {
  expect((await exported('nifti')).get('images/a.nii.gz')).toBe(volume.image);
});

test('as DICOM a folder holds the slices and the segmentation of each volume', async () => {
  const made = await encodeVolume(toyVolume(), { origin: 'mask' });
  const files = await exported('dicom', made);
  const inFolder = [...files.keys()].filter((path) => path.startsWith('volumes/a/'));
  expect(inFolder).toEqual([
    ...[1, 2, 3, 4, 5].map((k) => `volumes/a/slice-00${k}.dcm`),
    'volumes/a/labels.dcm',
  ]);
  expect([...files.keys()]).toContain('images/a.png');
  expect((await files.get('volumes.csv')!.text()).split('\r\n')[1]).toBe(
    'volumes/a/,volumes/a/labels.dcm,images/a.png,7x9x5,1700,3,2',
  );
});
