import parser, { type DataSet } from 'dicom-parser';
import { expect, test } from 'vitest';
import type { LabelledVolume } from '../../../src/image/volume/labelled-volume';
import type { DicomOrigin } from '../../../src/image/dicom/dicom-origin';
import { encodeVolumeDicom } from '../../../src/image/dicom/dicom-volume';
import { encodeVolume } from '../../../src/image/volume/volume-files';
import { toyVolume } from './toy-volume';

const origin: Omit<DicomOrigin, 'modality'> = {
  model: 'Hippocampus 0.1',
  modelHash: 'cd'.repeat(32),
  appVersion: '1.0.0',
  comments: 'hippocampus mri\nseed 7',
  instanceNumber: 4,
  provenance: { origin: 'text' },
  createdAt: new Date('2026-11-22T10:11:12Z'),
};

async function files(volume: LabelledVolume, change: Partial<DicomOrigin> = {}) {
  const said = { ...origin, ...change };
  const written = await encodeVolumeDicom(await encodeVolume(volume, said.provenance), said);
  const parsed = await Promise.all(
    written.map(async ({ path, blob }) => {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      return [path, parser.parseDicom(bytes)] as const;
    }),
  );
  return { slices: parsed.slice(0, -1), labels: parsed.at(-1)![1], paths: parsed.map(([p]) => p) };
}

const numbers = (dataset: DataSet, tag: string) => dataset.string(tag)!.split('\\').map(Number);
const inside = (dataset: DataSet, ...tags: string[]) =>
  tags.reduce((at, tag) => at.elements[tag].items![0].dataSet!, dataset);
const pixels = (dataset: DataSet) => {
  const { dataOffset, length } = dataset.elements.x7fe00010;
  return dataset.byteArray.slice(dataOffset, dataOffset + length);
};

test('a volume is one file a slice, of one series in one frame of reference, each where it lies in space', async () => {
  const volume = toyVolume({ spacingMm: [0.5, 0.75, 2] });
  const { slices, labels, paths } = await files(volume);
  expect(paths).toEqual([1, 2, 3, 4, 5].map((k) => `slice-00${k}.dcm`).concat('labels.dcm'));
  const all = slices.map(([, dataset]) => dataset);
  const [sizeX, sizeY, sizeZ] = volume.size;
  for (const tag of ['x0020000d', 'x0020000e', 'x00200052', 'x00100020'])
    expect(new Set(all.map((dataset) => dataset.string(tag))).size).toBe(1);
  expect(new Set(all.map((dataset) => dataset.string('x00080018'))).size).toBe(5);
  for (const [k, dataset] of all.entries()) {
    expect(numbers(dataset, 'x00200032')).toEqual([-3, -6, 2 * k]); // (1 − 7) · 0.5, (1 − 9) · 0.75
    expect(numbers(dataset, 'x00200037')).toEqual([1, 0, 0, 0, 1, 0]);
    expect(numbers(dataset, 'x00280030')).toEqual([0.75, 0.5]);
    expect(dataset.floatString('x00180050')).toBe(2);
    expect(dataset.intString('x00200013')).toBe(k + 1);
    expect([dataset.uint16('x00280010'), dataset.uint16('x00280011')]).toEqual([sizeY, sizeX]);
    const samples = new Uint16Array(pixels(dataset).buffer);
    // The first row is the front, the first column the right.
    for (const [i, sample] of samples.subarray(0, sizeX * sizeY).entries()) {
      const [x, y] = [sizeX - 1 - (i % sizeX), sizeY - 1 - Math.floor(i / sizeX)];
      expect(sample).toBe(volume.image[(x * sizeY + y) * sizeZ + k]);
    }
  }
  expect(labels.string('x00200052')).toBe(all[0].string('x00200052'));
  expect(labels.string('x0020000d')).toBe(all[0].string('x0020000d'));
  expect(labels.string('x0020000e')).not.toBe(all[0].string('x0020000e'));
});

test.each([
  ['text', 'Synthetic image, made by a generative model', 'SYNTHETIC^PHANTOM', undefined],
  ['outside', 'Contains parts of a source image', 'PARTLY-SYNTHETIC^PHANTOM', 'NO'],
] as const)('made from %s, every file says what it is', async (from, words, patient, identity) => {
  const { slices, labels } = await files(toyVolume(), { provenance: { origin: from } });
  for (const dataset of [...slices.map(([, one]) => one), labels]) {
    expect(dataset.string('x0008001c')).toBe('YES');
    expect(dataset.string('x00082111')).toContain(words);
    expect(dataset.string('x00100010')).toBe(patient);
    expect(dataset.string('x00120062')).toBe(identity);
    expect(dataset.string('x00189004')).toBe('RESEARCH');
    const made = inside(dataset, 'x0018a001');
    expect(made.string('x0018a003')).toContain(origin.modelHash);
    expect(inside(made, 'x0040a170').string('x00080100')).toBe('109100');
  }
});

test('the label map is a binary segmentation: a segment a label, bits in their order, and which slice each frame lies on', async () => {
  const volume = toyVolume();
  const { slices, labels } = await files(volume);
  const segments = labels.elements.x00620002.items!.map(({ dataSet }) => dataSet!);
  expect(segments.map((one) => [one.uint16('x00620004'), one.string('x00620005')])).toEqual([
    [1, 'front'],
    [2, 'back'],
  ]);
  const [first, second] = segments.map((one) => inside(one, 'x0062000f'));
  expect([first.string('x00080100'), first.string('x00080102')]).toEqual(['5366008', 'SCT']);
  expect(inside(first, 'x00620011').string('x00080104')).toBe('Anterior');
  expect(second.elements.x00620011).toBeUndefined();

  const frames = labels.elements.x52009230.items!.map(({ dataSet }) => dataSet!);
  const slice = (frame: DataSet) =>
    frame.elements.x00209111.items![0].dataSet!.uint32('x00209157', 1)!;
  const segmentOf = (frame: DataSet) => inside(frame, 'x0062000a').uint16('x0062000b');
  expect(frames.map((frame) => [segmentOf(frame), slice(frame)])).toEqual([
    [1, 2],
    [1, 3],
    [1, 4],
    [2, 4],
    [2, 5],
  ]);
  const bits = pixels(labels);
  const [sizeX, sizeY, sizeZ] = volume.size;
  for (const [f, frame] of frames.entries()) {
    const at = slice(frame) - 1;
    const source = inside(frame, 'x00089124', 'x00082112').string('x00081155');
    expect(source).toBe(slices[at][1].string('x00080018'));
    expect(numbers(inside(frame, 'x00209113'), 'x00200032')[2]).toBe(at);
    for (let i = 0; i < sizeX * sizeY; i++) {
      const [x, y] = [sizeX - 1 - (i % sizeX), sizeY - 1 - Math.floor(i / sizeX)];
      const bit = f * sizeX * sizeY + i;
      const label = volume.labelMap[(x * sizeY + y) * sizeZ + at];
      expect((bits[bit >> 3] >> (bit & 7)) & 1).toBe(label === segmentOf(frame) ? 1 : 0);
    }
  }
});

test('a label that is nowhere, of a model without codes, still is a segment, with an empty frame', async () => {
  const { labels } = await files(
    toyVolume({ labelCodes: undefined, labelMap: new Uint8Array(7 * 9 * 5) }),
  );
  expect(labels.elements.x52009230.items).toHaveLength(2);
  expect([...pixels(labels)].every((byte) => byte === 0)).toBe(true);
  const [segment] = labels.elements.x00620002.items!;
  expect(inside(segment.dataSet!, 'x0062000f').string('x00080104')).toBe('Anatomical structure');
});
