import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readVolume } from '../../../src/image/volume/read-volume';
import { encodeNifti, type NiftiContent } from '../../../src/image/nifti/write-nifti';
import type { VolumeFacts } from '../../../src/models/manifest/manifest';

const facts: VolumeFacts = { size: [6, 8, 10], spacingMm: [1, 1, 1], labels: ['none', 'a', 'p'] };
const WORDS = { description: 'for tests', kind: 'imported' as const, channels: 1 as const };

/** A NIfTI file of these voxels, x fastest, axes to the right, front and head. */
function file(
  [width, height, numSlices]: [number, number, number],
  samples: NiftiContent['samples'],
  change: Partial<NiftiContent> = {},
): Blob {
  const spacing: [number, number, number] = [1, 1, 1];
  const directions: [1, 1, 1] = [1, 1, 1];
  return encodeNifti({
    ...WORDS,
    width,
    height,
    numSlices,
    samples,
    spacing,
    directions,
    ...change,
  });
}

const along = (count: number, value: (i: number) => number) =>
  Uint8Array.from({ length: count }, (_, i) => value(i));

test('bytes on the same grid stay as they are', async () => {
  const samples = along(480, (i) => i % 251);
  const { voxels, notes } = await readVolume(file([6, 8, 10], samples), facts);
  for (let i = 0; i < 480; i++) {
    const [x, y, z] = [Math.floor(i / 80), Math.floor(i / 10) % 8, i % 10];
    expect(voxels[i]).toBe(samples[x + 6 * y + 48 * z]);
  }
  expect(notes).toEqual([]);
});

test('another spacing is resampled between its voxels, and the notes say so', async () => {
  // Along z 20 slices of half a millimetre, each 10 brighter than the one before.
  const samples = along(6 * 8 * 20, (i) => 10 * Math.floor(i / 48));
  const { voxels, notes } = await readVolume(
    file([6, 8, 20], samples, { spacing: [1, 1, 0.5] }),
    facts,
  );
  expect([...voxels.subarray(0, 10)]).toEqual([5, 25, 45, 65, 85, 105, 125, 145, 165, 185]);
  expect(notes).toEqual(['Resampled from 1.00 × 1.00 × 0.50 mm to 1.00 × 1.00 × 1.00 mm.']);
});

test('a smaller volume lies in the middle with its edges repeated, a larger one is cut', async () => {
  const samples = along(7 * 6 * 10, (i) => (i % 7) * 30);
  const { voxels, notes } = await readVolume(file([7, 6, 10], samples), facts);
  const row = [0, 1, 2, 3, 4, 5].map((x) => voxels[x * 80]);
  expect(row).toEqual([0, 30, 60, 90, 120, 150]); // the last of seven columns is cut
  expect(notes).toEqual([
    'What lies outside the middle was cut off: 7 × 6 × 10 voxels, the model draws 6 × 8 × 10.',
    'Its edges were repeated: 7 × 6 × 10 voxels, the model draws 6 × 8 × 10.',
  ]);
});

test('values that are no bytes are clipped at their 0.5 and 99.5 percentile', async () => {
  const samples = Int16Array.from({ length: 480 }, (_, i) => i - 1000);
  samples[0] = -30_000;
  samples[479] = 30_000;
  const { voxels } = await readVolume(file([6, 8, 10], samples), facts);
  expect([Math.min(...voxels), Math.max(...voxels)]).toEqual([0, 255]);
  expect(voxels[3 * 80 + 4 * 10 + 5]).toBeCloseTo((255 * (3 + 24 + 240 - 2)) / 475, -0.5);
});

test('of a file of several volumes one is chosen', async () => {
  const samples = along(960, (i) => (i < 480 ? 10 : 200));
  const blob = file([6, 8, 10], samples, { numVolumes: 2 });
  const [first, second] = await Promise.all([0, 1].map((frame) => readVolume(blob, facts, frame)));
  expect([first.voxels[7], second.voxels[7]]).toEqual([10, 200]);
  expect([second.numFrames, second.frame]).toEqual([2, 1]);
  expect(second.notes).toEqual(['Volume 1 of 2 in the file, counted from 0.']);
});

const grey = (count: number) => along(count, (i) => i % 200);

const REFUSED: [what: string, file: Blob, message: RegExp, frame?: number][] = [
  ['a spacing of 0', file([6, 8, 10], grey(480), { spacing: [0, 1, 1] }), /its spacing is 0/],
  ['no number for it', file([6, 8, 10], grey(480), { spacing: [1, NaN, 1] }), /its spacing is 0/],
  [
    'a whole head',
    file([60, 80, 100], grey(480_000)),
    /measures 60 × 80 × 100 mm \(expected 3 × 4 × 5/,
  ],
  ['too little of it', file([2, 8, 10], grey(160)), /measures 2 × 8 × 10 mm/],
  [
    'a value that is none',
    file([6, 8, 10], new Float32Array(480).fill(NaN)),
    /holds NaN at voxel 1, 1, 1/,
  ],
  ['one brightness', file([6, 8, 10], new Float32Array(480).fill(3)), /one brightness all over, 3/],
  ['colours', file([6, 8, 10], grey(1440), { channels: 3 }), /is coloured/],
  ['a frame that is not there', file([6, 8, 10], grey(480)), /number 5 is none of them/, 5],
  ['no volume in it', new Blob(['what is this?']), /no NIfTI volume/],
];

test.each(REFUSED)('a file with %s is refused by name', async (_, blob, message, frame = 0) => {
  const refused = readVolume(blob, facts, frame);
  await expect(refused).rejects.toThrowError(message);
  await expect(refused).rejects.toMatchObject({ name: 'ImageUnreadable' });
});

test('a small file that unpacks to far more than its header says is not unpacked', async () => {
  const head = new Uint8Array(await file([6, 8, 10], grey(480)).arrayBuffer());
  const flood = new Uint8Array(head.length + 2 ** 26);
  flood.set(head);
  const packed = new Blob([new Uint8Array(gzipSync(flood))]);
  expect(packed.size).toBeLessThan(2 ** 17);
  await expect(readVolume(packed, facts)).rejects.toMatchObject({ name: 'ImageUnreadable' });
});

test('a header that promises 2 GB is answered before anything is unpacked', async () => {
  const head = new Uint8Array(await file([6, 8, 10], grey(480)).arrayBuffer());
  const view = new DataView(head.buffer);
  [1300, 1300, 1300].forEach((n, i) => view.setInt16(42 + 2 * i, n, true));
  const refused = readVolume(new Blob([new Uint8Array(gzipSync(head))]), facts);
  await expect(refused).rejects.toThrowError(/2197000000 bytes of voxels/);
});
