import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inflate, inflateHead, unpackMembers } from '../../../src/image/inflate';
import { readPng } from '../../../src/image/read-png';
import { openNifti, sliceOf, type Volume } from '../../../src/image/nifti/read-nifti';
import { openOriginal, storeOriginal } from '../../../src/image/stored-original';
import { readImage } from '../../../src/image/read-image';
import { encodeNifti } from '../../../src/image/nifti/write-nifti';

// Files after public bug reports of other programs; values by nibabel 5 and nifti1_io.c.
const CASES = new URL('../../fixtures/cases/', import.meta.url);
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, CASES)));
const open = (name: string) => openNifti(bytesOf(name));

function expectSpacing({ spacing }: Volume, expected: number[]) {
  expect(spacing).not.toBeNull();
  spacing!.forEach((mm, i) => expect(mm).toBeCloseTo(expected[i], 5));
}

test('a quaternion longer than 1 is made 1 long, and the voxels keep their sizes', async () => {
  const volume = await open('c12_quat.nii');
  expect([...volume.spacing!].sort()).toEqual(
    [1, 2, 3].map((mm) => expect.closeTo(mm, 5) as number),
  );
});

test('an empty sform is passed over for the qform, and the file says so', async () => {
  const volume = await open('c13_s1_zero_rows.nii');
  expectSpacing(volume, [0.5, 0.7, 3]);
  expect(volume.warnings.join()).toContain('Its sform is set and says nothing');
  // The qform is half a turn about the body's axis, so both run backwards.
  expect(volume.strides).toEqual([-1, -6, 30]);
});

test('a voxel size of 0 is taken for 1, the others are kept, and the file says so', async () => {
  const volume = await open('c13_zeropix.nii');
  expectSpacing(volume, [0.5, 0.7, 1]);
  expect(volume.warnings.join()).toContain('how far its voxels are apart along z');
});

test('a slope whose intercept is no number keeps its slope', async () => {
  const bytes = bytesOf('c15_vox0.nii');
  const view = new DataView(bytes.buffer);
  view.setFloat32(112, 2, true);
  view.setFloat32(116, NaN, true);
  const volume = await openNifti(bytes);
  expect(volume.rescale).toEqual({ slope: 2, intercept: 0, unit: null });
  expect(volume.warnings.join()).toContain('intercept of its values is no number');
});

test.each(['c15_rank4_0.nii', 'c15_vox0.nii'])('%s is read as its voxels are', async (name) => {
  const volume = await open(name);
  expect(volume).toMatchObject({ shape: [6, 5, 4], numVolumes: 1 });
  const all = [0, 1, 2, 3].flatMap((i) => [...sliceOf(volume, 'axial', i).samples]);
  expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i));
});

const BGZIP = JSON.parse(readFileSync(new URL('expected.json', CASES), 'utf8')) as {
  c16_bgzip: { values: number[] };
};

test('a volume packed in many gzip members, with zeros behind them, is the whole volume', async () => {
  const packed = bytesOf('c16_bgzip.nii.gz');
  for (const zeros of [0, 1, 600]) {
    const bytes = new Uint8Array([...packed, ...new Uint8Array(zeros)]);
    const volume = await openNifti(bytes);
    const slice = sliceOf(volume, 'axial', 16);
    // Columns run to the patient's left, rows to the back.
    const stored = Array.from(slice.samples).reverse();
    expect(stored.filter((_, i) => i % 97 === 0)).toEqual(BGZIP.c16_bgzip.values);
  }
});

test('members are told apart as a browser must, one by one, and the size at an end may have zeros', async () => {
  const texts = ['first', 'second '.repeat(5000), '', 'third'];
  const packed = texts.map((text) => gzipSync(text));
  const text = async (bytes: Uint8Array, most = 1e6) =>
    Buffer.concat(await unpackMembers(new Uint8Array(bytes), most)).toString();
  expect(await text(Buffer.concat(packed))).toBe(texts.join(''));
  expect(await text(Buffer.concat([...packed, Buffer.alloc(77)]))).toBe(texts.join(''));
  expect((await text(Buffer.concat(packed), 10)).length).toBeLessThan(40_000);
  const broken = Buffer.concat(packed);
  broken[packed[0].length + 40] ^= 0xff;
  await expect(text(broken)).rejects.toThrow();
});

test.each([
  ['a PNG', () => readPng(bytesOf('c16_bomb.png'))],
  ['a volume of 6 × 5 × 4 voxels', () => open('c16_liar.nii.gz')],
  ['a volume of a gigabyte of zeros', () => openNifti(zeros())],
])('%s that floods is refused without what it would unpack to', async (_, attempt) => {
  const [start, before] = [performance.now(), process.memoryUsage.rss()];
  await expect(attempt()).rejects.toMatchObject({ name: 'ImageUnreadable' });
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
  expect(performance.now() - start).toBeLessThan(2000);
});

/** 344 × 344 × 127 × 45 voxels of 16 bit, as a scan over time has them: one member after the other of the same zeros. */
function zeros(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(352);
  const view = new DataView(header.buffer);
  const template = bytesOf('c15_rank4_0.nii');
  header.set(template.subarray(0, 352));
  [4, 344, 344, 127, 45].forEach((n, i) => view.setInt16(40 + 2 * i, n, true));
  const block = gzipSync(new Uint8Array(2 ** 24), { level: 9 });
  return new Uint8Array(Buffer.concat([gzipSync(header), ...Array<Buffer>(80).fill(block)]));
}

test('the head of what is packed takes no more than it needs', async () => {
  const block = gzipSync(new Uint8Array(2 ** 26), { level: 9 });
  const before = process.memoryUsage.rss();
  expect((await inflateHead(new Uint8Array(block), 'gzip', 100)).length).toBe(100);
  expect(process.memoryUsage.rss() - before).toBeLessThan(48 * 2 ** 20);
  await expect(inflate(new Uint8Array(block), 'gzip', 1000, 'It')).rejects.toThrow(
    /more than 1000/,
  );
});

test('an original with several volumes keeps all of them, and says which one is shown', async () => {
  const samples = Int16Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => i);
  const nifti = encodeNifti({
    ...{ width: 2, height: 3, numSlices: 4, numVolumes: 5, channels: 1, samples },
    ...{ spacing: [1, 1, 2], description: 'for tests', kind: 'synthetic' },
  });
  const image = await readImage(nifti);
  expect(image.warnings.join()).toContain('holds 5 volumes');
  const { volume } = await openOriginal((await storeOriginal(nifti, image))!);
  expect(volume).toMatchObject({ shape: [2, 3, 4], numVolumes: 5 });
  for (const time of [0, 4]) {
    expect([...sliceOf(volume, 'axial', 3, time).samples]).toEqual([
      ...samples.subarray((time * 4 + 3) * 6, (time * 4 + 4) * 6),
    ]);
  }
});
