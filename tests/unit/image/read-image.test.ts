import { expect, test } from 'vitest';
import { encodeSamples } from '../../../src/image/png';
import { readImage } from '../../../src/image/read-image';
import { EXPECTED, fetchFromDisk, fixture, sha256OfSamples } from './format-fixtures';

const PNGS = ['grey.png', 'colour.png', 'grey-16.png', 'colour-16.png', 'bits.png', 'palette.png'];
const blob = (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes]);

test.each(PNGS)('%s comes out bit by bit', async (name) => {
  const { width, height, channels, sha256, type } = EXPECTED[name];
  const image = await readImage(blob(fixture(name)));
  expect(image).toMatchObject({ format: 'PNG', width, height, channels, warnings: [] });
  expect(image.samples.constructor.name.toLowerCase()).toBe(`${type}array`);
  expect(sha256OfSamples(image.samples)).toBe(sha256);
});

test('transparency is laid over black, and said', async () => {
  const { at, values } = EXPECTED['alpha.png'];
  const image = await readImage(blob(fixture('alpha.png')));
  expect(image.channels).toBe(3);
  // Halves are rounded up here and to even in Python.
  at!.forEach((i, k) => expect(Math.abs(image.samples[i] - values![k])).toBeLessThanOrEqual(1));
  expect(image.warnings.join()).toContain('transparent');
});

test('16-bit samples survive writing and reading', async () => {
  const samples = Uint16Array.from({ length: 6 }, (_, i) => i * 13_107);
  const image = await readImage(encodeSamples({ width: 3, height: 2, samples }, { Software: 'x' }));
  expect(image).toMatchObject({ bits: 16, channels: 1 });
  expect([...image.samples]).toEqual([...samples]);
});

/** Stands for the browser: remembers what it was given. */
function fakeDecoder(width: number, height: number) {
  const given: Blob[] = [];
  const decodeBitmap = async (file: Blob) => {
    given.push(file);
    const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
    return { width, height, rgba };
  };
  return { given, decodeBitmap };
}

test.each([
  ['photo.jpg', 'JPEG', 'image/jpeg'],
  ['photo.webp', 'WebP', 'image/webp'],
  ['lossless.webp', 'WebP', 'image/webp'],
])('%s goes to the browser’s decoder', async (name, format, type) => {
  const { given, decodeBitmap } = fakeDecoder(48, 40);
  const image = await readImage(blob(fixture(name)), { decodeBitmap });
  expect(image).toMatchObject({ format, width: 48, height: 40, channels: 3, bits: 8 });
  expect(given.map((file) => file.type)).toEqual([type]);
});

test('a NIfTI file gives its middle slice, or the one asked for', async () => {
  const file = blob(fixture('turned.nii.gz'));
  const [, , depth] = EXPECTED['turned.nii.gz'].shape;
  expect(await readImage(file)).toMatchObject({
    format: 'NIfTI',
    frame: Math.floor(depth / 2),
    numFrames: depth,
  });
  expect(await readImage(file, { plane: 'sagittal', frame: 1 })).toMatchObject({ frame: 1 });
});

test('a DICOM file gives the frame asked for', async () => {
  const image = await readImage(blob(fixture('mr-enhanced.dcm')), {
    frame: 1,
    fetchBytes: fetchFromDisk,
  });
  expect(image).toMatchObject({ format: 'DICOM', frame: 1, numFrames: 2 });
});

/** A PNG with another size in its header, its checksum right. */
function resized(width: number, height: number) {
  const bytes = fixture('grey.png');
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(bytes.subarray(12, 29)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return ~crc >>> 0;
}

function patched(name: string, change: (view: DataView) => void) {
  const bytes = fixture(name);
  change(new DataView(bytes.buffer));
  return bytes;
}

test.each<[string, () => Uint8Array<ArrayBuffer>, RegExp]>([
  ['an empty file', () => new Uint8Array(0), /empty/],
  [
    'noise',
    () => Uint8Array.from({ length: 600 }, (_, i) => (i * 71) % 251),
    /no image that can be read/,
  ],
  ['HTML', () => new TextEncoder().encode('<script>alert(1)</script>'.repeat(30)), /no image/],
  ['a PNG of 100,000 × 100,000', () => resized(100_000, 100_000), /100000 × 100000/],
  ['a PNG of 40 × 0', () => resized(40, 0), /40 × 0/],
  ['a PNG larger than its pixels', () => resized(48, 400), /expected 19600 bytes of pixels/],
  ['a PNG smaller than its pixels', () => resized(48, 4), /unpacks to more than 196 bytes/],
  ['a PNG cut off', () => fixture('grey.png').slice(0, 300), /cut off/],
  [
    'a PNG with a flipped bit',
    () => patched('grey.png', (v) => v.setUint8(200, v.getUint8(200) ^ 1)),
    /checksum/,
  ],
  ['a JPEG cut off in its header', () => fixture('photo.jpg').slice(0, 100), /how large/],
  ['a JPEG of 65,535 × 65,535', () => hugeJpeg(), /65535 × 65535/],
  ['a WebP of 16,777,216 a side', () => hugeWebp(), /16777216 × 16777216/],
  [
    'gzip with something else in it',
    () => fixture('turned.nii.gz').slice(0, 200),
    /cannot be unpacked|no NIfTI/,
  ],
])('%s is ImageUnreadable within a second', async (_, make, message) => {
  const { given, decodeBitmap } = fakeDecoder(1, 1);
  const start = performance.now();
  await expect(readImage(blob(make()), { decodeBitmap })).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringMatching(message) as string,
  });
  expect(performance.now() - start).toBeLessThan(1000);
  expect(given).toEqual([]); // no decoder saw it
});

function hugeJpeg() {
  const bytes = fixture('photo.jpg');
  const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
  return bytes.fill(0xff, at + 5, at + 9);
}

function hugeWebp() {
  const bytes = new Uint8Array(40);
  bytes.set(new TextEncoder().encode('RIFF    WEBPVP8X'));
  return bytes.fill(0xff, 24, 30);
}

test('a decoder that gives up makes ImageUnreadable', async () => {
  const decodeBitmap = () => Promise.reject(new DOMException('bad', 'InvalidStateError'));
  await expect(readImage(blob(fixture('photo.jpg')), { decodeBitmap })).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringContaining('This JPEG is damaged') as string,
  });
});

test('a compressed colour profile that would fill the memory is never unpacked', async () => {
  const bomb = new Blob([new Uint8Array(64 * 2 ** 20)]).stream();
  const packed = new Uint8Array(
    await new Response(bomb.pipeThrough(new CompressionStream('deflate'))).arrayBuffer(),
  );
  const content = new Uint8Array([...new TextEncoder().encode('p\0\0'), ...packed]);
  const chunk = new Uint8Array(12 + content.length);
  chunk.set(new TextEncoder().encode('iCCP'), 4);
  chunk.set(content, 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, content.length);
  view.setUint32(8 + content.length, crc32(chunk.subarray(4, -4)));
  const png = fixture('grey.png');
  const image = await readImage(new Blob([png.slice(0, 33), chunk, png.slice(33)]));
  expect(sha256OfSamples(image.samples)).toBe(EXPECTED['grey.png'].sha256);
});
