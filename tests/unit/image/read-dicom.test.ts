import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { DecodedImage } from '../../../src/image/decoded-image';
import { openDicom } from '../../../src/image/dicom/read-dicom';
import { EXPECTED, fetchFromDisk, fixture, sha256OfSamples } from './format-fixtures';

const FILES = Object.keys(EXPECTED).filter((name) => name.endsWith('.dcm'));
const EXACT = FILES.filter((name) => EXPECTED[name].sha256);
const LOSSY = FILES.filter((name) => EXPECTED[name].values);

async function open(name: string, frame = 0): Promise<DecodedImage> {
  const dicom = await openDicom(fixture(name), fetchFromDisk);
  return dicom.readFrame(frame);
}

test.each(EXACT)('%s comes out bit by bit as numpy had it', async (name) => {
  const { width, height, channels, frames, type, sha256 } = EXPECTED[name];
  const image = await open(name);
  expect(image).toMatchObject({ width, height, channels, numFrames: frames });
  expect(image.samples.constructor.name.toLowerCase()).toBe(`${type}array`);
  expect(sha256OfSamples(image.samples)).toBe(sha256);
});

test.each(LOSSY)(
  '%s comes out within 2 of 255 of what another decoder makes of it',
  async (name) => {
    const { at, values, width, height, channels } = EXPECTED[name];
    const image = await open(name);
    expect(image).toMatchObject({ width, height, channels });
    // Decoders of JPEG round differently and smooth chroma in their own way.
    const off = at!.map((i, k) => Math.abs(image.samples[i] - values![k]));
    expect(Math.max(...off)).toBeLessThanOrEqual(2);
  },
);

test.each(FILES.filter((name) => EXPECTED[name].lastFrame))(
  'the last frame of %s is the right one',
  async (name) => {
    const { frames, lastFrame } = EXPECTED[name];
    expect(sha256OfSamples((await open(name, frames - 1)).samples)).toBe(lastFrame);
  },
);

test('there are files of every kind that is promised', () => {
  expect(EXACT.length).toBeGreaterThanOrEqual(15);
  expect(LOSSY.length).toBeGreaterThanOrEqual(5);
});

test('a CT brings its units, windows, spacing and whitelisted facts', async () => {
  expect(await open('ct-implicit.dcm')).toMatchObject({
    photometric: 'MONOCHROME2',
    bits: 16,
    rescale: { slope: 1, intercept: -1024, unit: 'HU' },
    windows: [
      { centre: 40, width: 400, shape: 'LINEAR' },
      { centre: -600, width: 1500, shape: 'LINEAR' },
    ],
    spacing: { x: 0.5, y: 0.75 },
    facts: { modality: 'CT', bodyPart: 'CHEST', sex: 'F', age: '61' },
    warnings: [],
  });
});

test('frames of an enhanced MR have windows and units of their own, and shared spacing', async () => {
  expect(await open('mr-enhanced.dcm', 1)).toMatchObject({
    bits: 12,
    rescale: { slope: 3, intercept: -1, unit: null },
    windows: [{ centre: 101, width: 201 }],
    spacing: { x: 1.5, y: 1.25 },
    frame: 1,
  });
});

test.each(FILES)('nothing of the patient in %s survives', async (name) => {
  const { samples: _, ...rest } = await open(name);
  const kept = JSON.stringify(rest);
  expect(kept).not.toMatch(/zyx|4711|1939|2020|private|hospital|1\.2\.\d/i);
  // Nor does a value that merely stands under a tag of the list.
  expect(Object.keys(rest.facts).sort()).toEqual(
    expect.arrayContaining(['age', 'bodyPart', 'modality', 'sex']),
  );
});

test('text under a whitelisted tag is dropped where it is on no list', async () => {
  const bytes = fixture('ct-explicit.dcm');
  const at = Buffer.from(bytes).indexOf('CHEST');
  bytes.set(new TextEncoder().encode('SMITH'), at);
  const dicom = await openDicom(bytes);
  expect((await dicom.readFrame(0)).facts).not.toHaveProperty('bodyPart');
});

test('burned-in text is warned about where the file says so, and where it is common', async () => {
  expect((await open('dx-monochrome1.dcm')).warnings.join()).toContain('Burned In Annotation: YES');
  expect((await open('us-rle-3-frames.dcm')).warnings.join()).toContain('often have text');
  expect((await open('ct-explicit.dcm')).warnings).toEqual([]);
});

test('the detector spacing serves where there is no other, and MONOCHROME1 stays as it is', async () => {
  expect(await open('dx-monochrome1.dcm')).toMatchObject({
    photometric: 'MONOCHROME1',
    spacing: { x: 0.2, y: 0.2 },
  });
});

/** Overwrites a little-endian uint16 element of an explicit file. */
function patchUint16(name: string, tag: [number, number], value: number) {
  const bytes = fixture(name);
  const head = Buffer.alloc(8);
  head.writeUInt16LE(tag[0], 0);
  head.writeUInt16LE(tag[1], 2);
  head.write('US', 4);
  head.writeUInt16LE(2, 6);
  const at = Buffer.from(bytes).indexOf(head);
  new DataView(bytes.buffer).setUint16(at + 8, value, true);
  return bytes;
}

test.each<[string, () => Uint8Array<ArrayBuffer>, RegExp]>([
  ['no DICOM', () => new Uint8Array(500), /cannot be read/],
  ['cut off in its pixels', () => fixture('ct-explicit.dcm').slice(0, -100), /cut off/],
  ['cut off in its header', () => fixture('ct-explicit.dcm').slice(0, 700), /no picture|cut off/],
  [
    '65,535 rows of one column more',
    () => patchUint16('ct-explicit.dcm', [0x28, 0x10], 65535),
    /65535/,
  ],
  ['a lying code stream', () => patchUint16('ct-jpeg-2000.dcm', [0x28, 0x10], 41), /disagree/],
  ['a lying JPEG', () => patchUint16('jpeg-baseline.dcm', [0x28, 0x11], 47), /disagree/],
  ['64 bits a sample', () => patchUint16('ct-explicit.dcm', [0x28, 0x100], 64), /of 64 bits/],
  [
    'more bits stored than there are',
    () => patchUint16('ct-explicit.dcm', [0x28, 0x101], 17),
    /17 of 16/,
  ],
  ['damaged RLE', () => fixture('ct-rle.dcm').fill(0, -3000), /damaged|cut off|missing/],
  ['damaged JPEG-LS', () => fixture('ct-jpeg-ls.dcm').fill(0, -1700, -500), /damaged|cut off/],
])('a file with %s is ImageUnreadable, and says why', async (_, make, message) => {
  const attempt = openDicom(make(), fetchFromDisk).then((dicom) => dicom.readFrame(0));
  await expect(attempt).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringMatching(message) as string,
  });
});

test('a frame that is not there is refused', async () => {
  await expect(open('mr-enhanced.dcm', 2)).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringContaining('1 to 2') as string,
  });
});

test('a video is refused by name of what would do', async () => {
  const bytes = fixture('ct-htj2k.dcm');
  bytes.set(
    new TextEncoder().encode('1.2.840.10008.1.2.4.102'),
    Buffer.from(bytes).indexOf('1.2.840.10008.1.2.4.201'),
  );
  await expect(openDicom(bytes).then((dicom) => dicom.readFrame(0))).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringMatching(/got 1\.2\.840\.10008\.1\.2\.4\.102/) as string,
  });
});

test('ages from 90 up are not told apart', async () => {
  const bytes = fixture('ct-explicit.dcm');
  bytes.set(new TextEncoder().encode('094Y'), Buffer.from(bytes).indexOf('061Y'));
  const dicom = await openDicom(bytes);
  expect((await dicom.readFrame(0)).facts.age).toBe('90 or more');
});

/** Where an element's value begins in an explicit little-endian file; its two-byte length stands before it. */
function valueAt(bytes: Uint8Array, [group, element]: [number, number], vr: string): number {
  const head = Buffer.alloc(6);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4);
  return Buffer.from(bytes).indexOf(head) + 8;
}

test.each(['NaN', '-0.5', '0', '1e999', '<b>'])(
  'a pixel spacing of %s is taken for none',
  async (text) => {
    const bytes = fixture('ct-explicit.dcm');
    const at = valueAt(bytes, [0x28, 0x30], 'DS');
    const length = new DataView(bytes.buffer).getUint16(at - 2, true);
    bytes.set(new TextEncoder().encode(`${text}\\1`.padEnd(length)).slice(0, length), at);
    expect((await (await openDicom(bytes)).readFrame(0)).spacing).toBeNull();
  },
);

test.each([
  ['a value that reaches beyond the file', [0x08, 0x60], 'CS', 0xfff0],
  ['rows that take what follows for theirs', [0x28, 0x10], 'US', 0x7ff0],
] as const)('%s is ImageUnreadable within a second', async (_, tag, vr, length) => {
  const bytes = fixture('ct-explicit.dcm');
  new DataView(bytes.buffer).setUint16(valueAt(bytes, [...tag], vr) - 2, length, true);
  const start = performance.now();
  const attempt = openDicom(bytes).then((dicom) => dicom.readFrame(0));
  await expect(attempt).rejects.toMatchObject({ name: 'ImageUnreadable' });
  expect(performance.now() - start).toBeLessThan(1000);
});

test.each([0xfffffffe, 0xffffffff, 0x7fffffff])(
  'pixels that claim %i bytes are ImageUnreadable within a second',
  async (length) => {
    const bytes = fixture('ct-explicit.dcm');
    const at = Buffer.from(bytes).lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57]));
    new DataView(bytes.buffer).setUint32(at + 8, length, true);
    const start = performance.now();
    const attempt = openDicom(bytes.slice(0, -200)).then((dicom) => dicom.readFrame(0));
    await expect(attempt).rejects.toMatchObject({ name: 'ImageUnreadable' });
    expect(performance.now() - start).toBeLessThan(1000);
  },
);

test('a deflated file that floods is given up', async () => {
  const file = fixture('ct-deflated.dcm');
  const at = Buffer.from(file).indexOf('1.2.840.10008.1.2.1.99');
  const packed = deflateRawSync(new Uint8Array(2 ** 27 + 1), { level: 1 });
  const head = file.slice(0, at + 22);
  const view = new DataView(head.buffer);
  view.setUint32(140, head.length - 144, true); // File Meta Information Group Length
  const start = performance.now();
  await expect(openDicom(new Uint8Array(Buffer.concat([head, packed])))).rejects.toMatchObject({
    name: 'ImageUnreadable',
    message: expect.stringContaining('unpacks to more than') as string,
  });
  expect(performance.now() - start).toBeLessThan(1000);
});
