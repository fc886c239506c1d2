import { expect, test } from 'vitest';
import { parseCsv } from '../../../src/dataset/csv-labels';
import type { DatasetItem, ImageRecord } from '../../../src/dataset/dataset-item';
import { datasetFiles, type ExportDatasetOptions } from '../../../src/dataset/export-dataset';
import type { LayoutName } from '../../../src/dataset/layouts/layout';
import { folderNames } from '../../../src/dataset/layouts/imagefolder';
import { openDicom } from '../../../src/image/dicom/read-dicom';
import { openNifti, sliceOf } from '../../../src/image/nifti/read-nifti';
import { readPng } from '../../../src/image/read-png';
import { pairMasks } from '../../../src/evaluation/usefulness/pair-masks';
import { DESCRIPTION, toyItem, toyMask } from './toy-dataset';

const SHARES = { train: 0.5, validation: 0.25, test: 0.25 };
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
const masked: Partial<ImageRecord> = { provenance: { origin: 'mask' } };
const items = [0, 1, 2, 3].map((i) => toyItem(i, true, masked));

async function laidOut(
  all: DatasetItem[],
  layout: LayoutName,
  change: Partial<ExportDatasetOptions> = {},
  description = DESCRIPTION,
) {
  const files = new Map<string, Blob>();
  const options = { format: 'png' as const, layout, shares: SHARES, seed: 1, ...change };
  for await (const { path, blob } of datasetFiles(all, description, options)) files.set(path, blob);
  return files;
}

const jsonOf = async (files: Map<string, Blob>, path: string) =>
  JSON.parse(await files.get(path)!.text()) as Record<string, unknown>;

/** Tables that every layout has beside its own files. */
const EVERYWHERE = /^(labels\.|codebook|annotations|croissant|README|SHA256|masks\/)/;
const own = (files: Map<string, Blob>) =>
  [...files.keys()].filter((path) => !EVERYWHERE.test(path));

test('MONAI: a Decathlon dataset.json pairs images with maps of classes', async () => {
  const files = await laidOut(items, 'monai');
  expect(own(files).sort()).toEqual([
    'dataset.json',
    ...[0, 1, 2].map(() => expect.stringMatching(/^imagesTr/) as string),
    expect.stringMatching(/^imagesTs/),
    ...[0, 1, 2].map(() => expect.stringMatching(/^labelsTr/) as string),
    expect.stringMatching(/^labelsTs/),
  ]);
  const described = await jsonOf(files, 'dataset.json');
  expect(described).toMatchObject({
    ...{ modality: { 0: 'grey' }, labels: { 0: 'background', 1: 'nucleus', 2: 'debris' } },
    ...{ numTraining: 2, numTest: 1, tensorImageSize: '2D' },
  });
  const [pair] = described.training as { image: string; label: string }[];
  expect(files.has(pair.image.slice(2)) && files.has(pair.label.slice(2))).toBe(true);
  const { samples } = await readPng(await bytesOf(files.get(pair.label.slice(2))!));
  const { values, classOf } = toyMask();
  expect([...samples]).toEqual([...values].map((id) => classOf[id]));
});

test('MONAI without masks: the label is the number of the label', async () => {
  const some = [0, 1, 2, 3].map((i) => toyItem(i, false, { label: i < 2 ? 'normal' : 'effusion' }));
  const files = await laidOut(some, 'monai', { shares: { train: 1, validation: 0, test: 0 } });
  const described = await jsonOf(files, 'dataset.json');
  expect(described.labels).toEqual({ 0: 'effusion', 1: 'normal' });
  expect((described.training as { label: number }[]).map(({ label }) => label)).toEqual([
    1, 1, 0, 0,
  ]);
  expect(described).not.toHaveProperty('test');
});

test('nnU-Net: cases with _0000, labels, splits_final.json, and the instances beside', async () => {
  const files = await laidOut(items, 'nnunet');
  const described = await jsonOf(files, 'dataset.json');
  expect(described).toMatchObject({
    ...{ channel_names: { 0: 'grey' }, numTraining: 3, file_ending: '.png' },
    labels: { background: 0, nucleus: 1, debris: 2 },
  });
  const cases = own(files).filter((path) => path.startsWith('imagesTr/'));
  expect(cases).toHaveLength(3);
  for (const path of cases) {
    const id = /imagesTr\/(.+)_0000\.png$/.exec(path)![1];
    expect(files.has(`labelsTr/${id}.png`) && files.has(`masks/${id}.png`)).toBe(true);
  }
  const [fold] = JSON.parse(await files.get('splits_final.json')!.text()) as {
    train: string[];
    val: string[];
  }[];
  expect([fold.train.length, fold.val.length]).toEqual([2, 1]);
});

test('nnU-Net: a set with colour has three channels in every picture', async () => {
  const coloured = toyItem(4, true, { ...masked, prompt: 'purple stained histology' });
  const files = await laidOut([...items, coloured], 'nnunet');
  expect(await jsonOf(files, 'dataset.json')).toMatchObject({
    channel_names: { 0: 'R', 1: 'G', 2: 'B' },
  });
  for (const [path, blob] of files) {
    if (!path.startsWith('images')) continue;
    expect(await readPng(await bytesOf(blob))).toMatchObject({ channels: 3 });
  }
});

test('ImageFolder: split/label/file, and a table of the classes', async () => {
  const some = [0, 1, 2, 3].map((i) => toyItem(i, false, { label: 'a/b', row: 0 }));
  const files = await laidOut([...some, toyItem(4, false, { label: '', row: 1 })], 'imagefolder');
  expect(own(files).sort()).toEqual([
    'classes.csv',
    expect.stringMatching(/^test\/a_b\/image-0000\d\.png$/),
    expect.stringMatching(/^train\/a_b\/image-0000\d\.png$/),
    expect.stringMatching(/^train\/a_b\/image-0000\d\.png$/),
    'train/unlabelled/image-00004.png',
    expect.stringMatching(/^validation\/a_b\/image-0000\d\.png$/),
  ]);
  expect(parseCsv(await files.get('classes.csv')!.text())).toEqual([
    ['folder', 'label', 'train', 'validation', 'test'],
    ['unlabelled', '', '1', '0', '0'],
    ['a_b', 'a/b', '2', '1', '1'],
  ]);
});

test('labels that would share a folder get folders of their own', () => {
  const names = folderNames(['a/b', 'a:b', 'A_B', '..', '']);
  expect(new Set([...names.values()].map((name) => name.toLowerCase())).size).toBe(5);
  for (const name of names.values()) expect(name).not.toMatch(/^\.|[/\\:]/);
});

test('Hugging Face: metadata of one type in every split, masks by file name', async () => {
  const ages = [60, 61.5, 62, 63].map((age, i) =>
    toyItem(i, true, { ...masked, covariates: { age } }),
  );
  const files = await laidOut(ages, 'huggingface');
  const lines = await Promise.all(
    ['train', 'validation', 'test'].map(async (split) =>
      (await files.get(`${split}/metadata.jsonl`)!.text()).trimEnd().split('\n'),
    ),
  );
  expect(lines.map(({ length }) => length)).toEqual([2, 1, 1]);
  for (const text of lines.flat()) {
    expect(text).toMatch(/"covariate_age": \d+\.\d/);
    expect(text).toContain('"parent": ""');
  }
  const row = JSON.parse(lines[1][0]) as { file_name: string; mask_file_name: string };
  expect(files.has(`validation/${row.file_name}`)).toBe(true);
  expect(files.has(`validation/${row.mask_file_name}`)).toBe(true);
});

test('Hugging Face: a number that a split lacks is in no split', async () => {
  const some = [0, 1, 2, 3].map((i) =>
    toyItem(i, false, { covariates: i === 0 ? { age: 5 } : {} }),
  );
  const files = await laidOut(some, 'huggingface');
  expect(await files.get('train/metadata.jsonl')!.text()).not.toContain('covariate_age');
  expect(await files.get('labels.csv')!.text()).toContain('covariate_age');
});

test('suspected copies lie where no program looks, and in no index', async () => {
  const copyCheck = { copies: 1, checked: 4, method: 'By pixels.', suspects: ['image-00001'] };
  for (const layout of ['monai', 'nnunet', 'imagefolder', 'huggingface'] as const) {
    const files = await laidOut(items, layout, {}, { ...DESCRIPTION, copyCheck });
    const found = [...files.keys()].filter((path) => path.includes('image-00001'));
    expect(found.sort()).toEqual([
      'set-aside/masks/image-00001.png',
      'set-aside/suspected-copies/image-00001.png',
    ]);
    for (const path of ['dataset.json', 'splits_final.json', 'train/metadata.jsonl']) {
      expect((await files.get(path)?.text()) ?? '').not.toContain('image-00001');
    }
    expect(await files.get('README.md')!.text()).toContain('`set-aside/suspected-copies/`');
  }
});

test.each([
  ['nnunet', 'png', [toyItem(0, false)], /expected a mask with every image, got 1 images without/],
  ['nnunet', 'dicom', items, /expected png or png-16 or nifti, got dicom/],
  ['imagefolder', 'nifti', items, /expected png or png-16, got nifti/],
  ['monai', 'nifti', [toyItem(0, false, { prompt: 'skin photo' })], /Choose the format PNG/],
] as const)('%s as %s is refused before any image is read', async (layout, format, some, words) => {
  const unread = some.map(({ record }) => ({ record, load: () => Promise.reject(new Error()) }));
  const refused = expect(laidOut(unread, layout, { format })).rejects;
  await refused.toMatchObject({
    name: 'RequestInvalid',
    message: expect.stringMatching(words) as string,
  });
});

test('masks have the format of their images, with the same numbers', async () => {
  const numbers = [...toyMask().values];
  const [item] = items;
  const path = (files: Map<string, Blob>) => [...files.keys()].find((one) => /^masks/.test(one))!;

  const nifti = await laidOut([item], 'plain', { format: 'nifti' });
  expect(path(nifti)).toBe('masks/image-00000.nii.gz');
  const volume = await openNifti(await bytesOf(nifti.get(path(nifti))!));
  expect([...sliceOf(volume, 'axial', 0).samples]).toEqual(numbers);

  const dicom = await laidOut([item], 'plain', { format: 'dicom' });
  expect(path(dicom)).toBe('masks/image-00000.dcm');
  const frame = await (await openDicom(await bytesOf(dicom.get(path(dicom))!))).readFrame(0);
  expect(frame).toMatchObject({ channels: 1, facts: { syntheticData: 'YES' } });
  expect([...frame.samples]).toEqual(numbers);

  const wide = await laidOut([item], 'plain', { format: 'png-16' });
  const png = await readPng(await bytesOf(wide.get(path(wide))!));
  expect([png.bits, [...png.samples]]).toEqual([16, numbers]);

  for (const files of [nifti, dicom, wide]) expect(pairMasks([...files.keys()]).size).toBe(1);
});

test('the codebook says unit, meaning, range, words and source of every column', async () => {
  const sex = {
    ...{
      name: 'sex',
      title: 'Sex',
      unit: '',
      min: 0,
      max: 1,
      help: 'Sex of the imagined patient.',
    },
    choices: ['female', 'male'].map((title, value) => ({ title, value })),
    measured: {
      ...{ range: [0, 1] as [number, number], effect: 0.554, n: 96, unit: '' },
      ...{ interval: [0.401, 0.705] as [number, number], measure: 'a regression' },
    },
  };
  const covariates = [...DESCRIPTION.covariates, sex];
  const files = await laidOut(items, 'plain', {}, { ...DESCRIPTION, covariates });
  const [header, ...rows] = parseCsv(await files.get('codebook.csv')!.text());
  const [columns] = parseCsv(await files.get('labels.csv')!.text());
  expect(header).toEqual(['name', 'type', 'unit', 'meaning', 'range', 'values', 'source']);
  expect(rows.map(([name]) => name)).toEqual(columns);
  expect(rows.find(([name]) => name === 'covariate_sex')).toEqual([
    ...['covariate_sex', 'number', '', 'Sex. Sex of the imagined patient.', '0 to 1'],
    '0 = female; 1 = male',
    'asked of the model (Toy 0.1), not measured in the image; seen in training from 0 to 1; correlation of asked and ' +
      'measured 0.55 (0.40 to 0.70), 96 pictures, by a regression',
  ]);
  expect(rows.find(([name]) => name === 'covariate_age')!.slice(2, 5)).toEqual([
    'years',
    'Age',
    '',
  ]);
});
