import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { numSlices, openNifti, sliceOf, type Plane } from '../../../src/image/nifti/read-nifti';
import { encodeNifti, encodeNiftiGz } from '../../../src/image/nifti/write-nifti';
import { EXPECTED, fixture } from './format-fixtures';

const FILES = Object.keys(EXPECTED).filter((name) => /\.nii(\.gz)?$/.test(name));
const PLANES: Plane[] = ['axial', 'coronal', 'sagittal'];

test.each(FILES.flatMap((name) => PLANES.map((plane) => [name, plane] as const)))(
  '%s, %s: the middle slice is where nibabel has it',
  async (name, plane) => {
    const volume = await openNifti(fixture(name));
    const { shape, spacing, slices } = EXPECTED[name];
    expect(volume.shape).toEqual(shape);
    volume.spacing!.forEach((mm, i) => expect(mm).toBeCloseTo(spacing[i], 5));

    const slice = sliceOf(volume, plane, Math.floor(numSlices(volume, plane) / 2));
    const { width, height, values } = slices[plane];
    expect(slice).toMatchObject({ width, height, channels: 1 });
    const { slope, intercept } = slice.rescale;
    const own = Array.from(slice.samples).filter((_, i) => i % 7 === 0);
    // expected.json is rounded to four places.
    own.forEach((x, i) => expect(slope * x + intercept).toBeCloseTo(values[i], 3));
  },
);

test('no text of the header is kept', async () => {
  const slice = sliceOf(await openNifti(fixture('turned.nii.gz')), 'axial', 0);
  expect(JSON.stringify({ ...slice, samples: null })).not.toMatch(/zyxwv|private/i);
});

const WORDS = { description: 'for tests', kind: 'synthetic' } as const;

test.each([new Uint8Array(24), new Int16Array(24), new Uint16Array(24), new Float32Array(24)])(
  'a stack written as %s comes back the right way up',
  async (empty) => {
    const samples = empty.map((_, i) => i * 3 - (empty instanceof Int16Array ? 20 : 0));
    const content = { width: 4, height: 3, numSlices: 2, channels: 1 as const, ...WORDS };
    const nii = encodeNifti({
      ...content,
      samples,
      spacing: [0.5, 0.75, 2],
      rescale: { slope: 2, intercept: -1 },
    });
    const volume = await openNifti(new Uint8Array(await nii.arrayBuffer()));
    expect(volume.spacing).toEqual([0.5, 0.75, 2]);
    const slice = sliceOf(volume, 'axial', 1);
    expect([...slice.samples]).toEqual([...samples.subarray(12)]);
    expect(slice).toMatchObject({
      spacing: { x: 0.5, y: 0.75 },
      rescale: { slope: 2, intercept: -1 },
    });
  },
);

test('colours come back, packed too', async () => {
  const samples = Uint8Array.from({ length: 2 * 2 * 3 }, (_, i) => i * 20);
  const content = {
    width: 2,
    height: 2,
    numSlices: 1,
    channels: 3 as const,
    samples,
    spacing: null,
    ...WORDS,
  };
  const nii = await encodeNiftiGz(content);
  const volume = await openNifti(new Uint8Array(await nii.arrayBuffer()));
  expect([...sliceOf(volume, 'axial', 0).samples]).toEqual([...samples]);
});

/** A little volume with one header field overwritten. */
async function patched(change: (view: DataView) => void) {
  const samples = new Uint8Array(8);
  const content = { width: 2, height: 2, numSlices: 2, channels: 1 as const, spacing: null };
  const bytes = new Uint8Array(await encodeNifti({ ...content, ...WORDS, samples }).arrayBuffer());
  change(new DataView(bytes.buffer));
  return bytes;
}

test.each<[string, (view: DataView) => void, RegExp]>([
  ['sizes beyond the file', (v) => v.setInt16(42, 3000, true), /cut off/],
  ['a negative size', (v) => v.setInt16(42, -5, true), /-5/],
  ['no size', (v) => v.setInt16(44, 0, true), /2 × 0/],
  ['a rank of 9', (v) => v.setInt16(40, 9, true), /damaged|size|no NIfTI/],
  ['complex voxels', (v) => v.setInt16(70, 32, true), /type 32/],
  ['voxels before the header', (v) => v.setFloat32(108, 10, true), /cut off/],
  ['NaN for the place of the voxels', (v) => v.setFloat32(108, NaN, true), /cut off/],
  ['no magic', (v) => v.setUint32(344, 0), /no NIfTI/],
])('%s is ImageUnreadable', async (_, change, message) => {
  await expect(openNifti(await patched(change))).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringMatching(message) as string,
  });
});

test('an sform with NaN, an infinite number or nothing in it is passed over, and the file says so; negative numbers are directions', async () => {
  for (const value of [NaN, Infinity, 0]) {
    const volume = await openNifti(await patched((v) => v.setFloat32(280, value, true)));
    expect(sliceOf(volume, 'axial', 0).warnings.join()).toContain('sform is set and says nothing');
    expect(volume.spacing).toEqual([1, 1, 1]);
  }
  const turned = await openNifti(await patched((v) => v.setFloat32(280, 4, true)));
  expect(turned.spacing).toEqual([4, 1, 1]);
});

test('a slope of NaN is no slope', async () => {
  const volume = await openNifti(await patched((v) => v.setFloat32(112, NaN, true)));
  expect(volume.rescale).toEqual({ slope: 1, intercept: 0, unit: null });
});

test('a slice that is not there is refused', async () => {
  const volume = await openNifti(fixture('qform.nii'));
  expect(() => sliceOf(volume, 'coronal', 7)).toThrow(/1 to 7/);
});

test('a header with extensions behind it is read, packed and not', async () => {
  const samples = Uint8Array.from({ length: 8 }, (_, i) => i);
  const content = { width: 2, height: 2, numSlices: 2, channels: 1 as const, spacing: null };
  const plain = new Uint8Array(await encodeNifti({ ...content, ...WORDS, samples }).arrayBuffer());
  const extension = new Uint8Array(4096);
  new DataView(extension.buffer).setInt32(0, 4096, true);
  const head = plain.slice(0, 352);
  const view = new DataView(head.buffer);
  view.setUint8(348, 1);
  view.setFloat32(108, 352 + 4096, true);
  const bytes = new Uint8Array([...head, ...extension, ...plain.slice(352)]);
  for (const file of [bytes, packed(bytes)]) {
    expect([...sliceOf(await openNifti(file), 'axial', 1).samples]).toEqual([4, 5, 6, 7]);
  }
});

test('a packed volume that floods is given up as soon as it exceeds what its header says', async () => {
  const head = await patched(() => undefined);
  const bomb = packed(head, 2 ** 26);
  expect(bomb.length).toBeLessThan(2 ** 20);
  const start = performance.now();
  await expect(openNifti(bomb)).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringContaining('unpacks to more than') as string,
  });
  expect(performance.now() - start).toBeLessThan(1000);
});

test('a header of 30,000 × 2,000 × 2,000 voxels is refused before anything is unpacked', async () => {
  const head = await patched((v) => {
    v.setInt16(42, 30_000, true);
    v.setInt16(44, 2000, true);
    v.setInt16(46, 2000, true);
  });
  await expect(openNifti(packed(head))).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringContaining('120000000000 bytes of voxels') as string,
  });
});

/** gzip of these bytes and as many zeros behind them. */
function packed(bytes: Uint8Array, zeros = 0) {
  return new Uint8Array(gzipSync(Buffer.concat([bytes, new Uint8Array(zeros)]), { level: 1 }));
}
