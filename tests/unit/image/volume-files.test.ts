import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Provenance } from '../../../src/contract/provenance';
import type { LabelledVolume } from '../../../src/image/volume/labelled-volume';
import { readLabelMap } from '../../../src/image/nifti/read-label-map';
import { openNifti } from '../../../src/image/nifti/read-nifti';
import { encodeVolume } from '../../../src/image/volume/volume-files';
import { encodeNifti } from '../../../src/image/nifti/write-nifti';

const size: [number, number, number] = [6, 8, 10];
const count = 6 * 8 * 10;
const TEXT: Provenance = { origin: 'text' };
const place = (x: number, y: number, z: number) => (x * 8 + y) * 10 + z;

/** Two parts off the middle, in an image whose voxels say where they are. */
function volume(): LabelledVolume {
  const labelMap = new Uint8Array(count);
  labelMap[place(1, 4, 3)] = 1;
  labelMap[place(1, 4, 4)] = 1;
  labelMap[place(2, 3, 5)] = 2;
  const image = Uint8Array.from({ length: count }, (_, i) => i % 251);
  return { size, spacingMm: [1, 1, 1], labels: ['none', 'a', 'p'], image, labelMap };
}

test('a volume and its label map are two NIfTI files of one grid, right, front and top along its axes', async () => {
  const made = volume();
  const { image, labels, labelMm3 } = await encodeVolume(made, TEXT);
  const [opened, openedLabels] = await Promise.all(
    [image, labels].map(async (blob) => openNifti(new Uint8Array(await blob.arrayBuffer()))),
  );
  expect(labelMm3).toEqual({ a: 2, p: 1 });
  expect(opened).toMatchObject({ shape: size, spacing: [1, 1, 1], first: 0, strides: [1, 6, 48] });
  for (const { view, ...facts } of [opened, openedLabels]) {
    expect(view.byteLength).toBe(count);
    expect(facts.strides).toEqual(opened.strides);
  }
  for (let i = 0; i < count; i++) {
    const [x, y, z] = [Math.floor(i / 80), Math.floor(i / 10) % 8, i % 10];
    expect(opened.view.getUint8(x + 6 * y + 48 * z)).toBe(made.image[i]);
    expect(openedLabels.view.getUint8(x + 6 * y + 48 * z)).toBe(made.labelMap[i]);
  }
});

test.each([
  ['text', 'synthetic image, made by a generative model; shows no real patient', 'synthetic'],
  ['outside', 'contains parts of a source image; rest synthetic; not for diagnosis', 'composite'],
] as const)('made from %s, both files say so', async (origin, description, kind) => {
  const { image, labels } = await encodeVolume(volume(), { origin });
  for (const file of [image, labels]) {
    const header = gunzipSync(Buffer.from(await file.arrayBuffer()));
    const text = (from: number, length: number) =>
      header.toString('latin1', from, from + length).replace(/\0.*$/, '');
    expect([text(148, 80), text(328, 16)]).toEqual([description, kind]); // descrip, intent_name
  }
});

test('a label map comes back with its parts in the middle of the frame', async () => {
  const { labels } = await encodeVolume(volume(), TEXT);
  const { labels: read } = await readLabelMap(labels, volume());
  const found = [...read.entries()].filter(([, label]) => label > 0);
  // The bounding box is 1…2, 3…4, 3…5: its middle goes to 3, 4, 5.
  expect(found).toEqual([
    [place(2, 4, 4), 1],
    [place(2, 4, 5), 1],
    [place(3, 3, 6), 2],
  ]);
});

test('a label map of a larger file turned round is read along the axes of the patient', async () => {
  const samples = new Uint8Array(20 * 20 * 20);
  samples[5 + 20 * 6 + 400 * 7] = 1;
  samples[6 + 20 * 6 + 400 * 7] = 2;
  const directions: [-1, 1, 1] = [-1, 1, 1];
  const file = encodeNifti({ ...cube(samples), spacing: [1, 1, 1], directions });
  const { labels: read, notes } = await readLabelMap(file, volume());
  expect(notes).toEqual([]);
  // x runs against the file's columns: 2 lies on the left, so before 1.
  expect([...read.entries()].filter(([, label]) => label > 0)).toEqual([
    [place(2, 4, 5), 2],
    [place(3, 4, 5), 1],
  ]);
});

const cube = (samples: Uint8Array | Int16Array | Float32Array) => ({
  ...{ width: 20, height: 20, numSlices: 20, channels: 1 as const, samples },
  ...{ description: 'for tests', kind: 'synthetic' as const },
});
const parts = (change: (samples: Float32Array) => void) => {
  const samples = new Float32Array(8000);
  samples[3000] = 1;
  samples[3001] = 2;
  change(samples);
  return samples;
};

test.each([
  ['another number', [1, 1, 1], parts((s) => (s[17] = 3)), /the value 3 at voxel 18, 1, 1/],
  ['a fraction', [1, 1, 1], parts((s) => (s[0] = 0.5)), /the value 0\.5 at voxel 1, 1, 1/],
  ['a missing part', [1, 1, 1], parts((s) => (s[3001] = 1)), /holds no 2 \(expected 0 \(none\)/],
  ['a spacing of 0', [0, 1, 1], parts(() => 0), /its spacing is 0, or no number/],
  ['no number for a spacing', [NaN, 1, 1], parts(() => 0), /its spacing is 0, or no number/],
  ['parts that do not fit', [1, 1, 1], parts((s) => (s[3010] = 2)), /measure 11 × 1 × 1 voxels/],
] as const)('a label map with %s is refused', async (_, spacing, samples, message) => {
  const file = encodeNifti({ ...cube(samples), spacing: [...spacing], directions: [1, 1, 1] });
  const refused = readLabelMap(file, volume());
  await expect(refused).rejects.toThrowError(message);
  await expect(refused).rejects.toMatchObject({ name: 'ImageUnreadable' });
});

test('labels that were saved with a slope, which rounds them, are the labels', async () => {
  // What nibabel 5.4 makes of 0, 1 and 2 as floats where the header asks for int16: 1 comes back as 1.0000153.
  const samples = new Int16Array(8000).fill(-32768);
  [samples[3000], samples[3001]] = [0, 32767];
  const rescale = { slope: 2 / 65535, intercept: 65536 / 65535 };
  const unit: [1, 1, 1] = [1, 1, 1];
  const file = encodeNifti({ ...cube(samples), spacing: unit, directions: unit, rescale });
  const { labels } = await readLabelMap(file, volume());
  expect([...labels].filter((label) => label > 0)).toEqual([1, 2]);
});

test('a label map of half the spacing is resampled by its nearest voxels, and says so', async () => {
  const samples = new Uint8Array(8000);
  const fill = (from: number, to: number, label: number) => {
    for (let z = 8; z < 12; z++)
      for (let y = 4; y < 8; y++)
        for (let x = from; x < to; x++) samples[x + 20 * y + 400 * z] = label;
  };
  fill(4, 8, 1);
  fill(8, 12, 2);
  const file = encodeNifti({ ...cube(samples), spacing: [0.5, 0.5, 1], directions: [1, 1, 1] });
  const { labels, notes } = await readLabelMap(file, volume());
  expect(notes).toEqual(['Resampled from 0.50 × 0.50 × 1.00 mm to 1.00 × 1.00 × 1.00 mm.']);
  // 4 × 4 × 4 voxels of half a millimetre along two axes: 2 × 2 × 4 of one.
  expect([1, 2].map((label) => labels.filter((value) => value === label).length)).toEqual([16, 16]);
});
