import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../../src/crypto/record-bytes';
import { createRecordCipher } from '../../../src/crypto/record-cipher';

const newKey = () =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

const RECORD = {
  id: 'a',
  createdAt: new Date(86_400_000),
  prompt: 'chest x-ray, größer — 肺',
  covariates: { age: 58.5, missing: NaN, endless: -Infinity },
  words: ['x', '', 'y'],
  nothing: null,
  kept: true,
  mask: new Float32Array([0.25, -1, 3]),
  odd: new Uint8Array([1, 2, 3]),
  buffer: new Uint16Array([7, 65_535]).buffer,
};

test('a record comes back as it was, dates, arrays and odd numbers included', async () => {
  expect(decodeRecord(await encodeRecord(RECORD))).toEqual(RECORD);
});

test('Blobs come back with their type and bytes, wherever they lie in the record', async () => {
  const png = new Blob([new Uint8Array([137, 80, 78, 71])], { type: 'image/png' });
  const record = { png, layers: [{ mask: new Blob(['mask']) }] };

  const back = decodeRecord(await encodeRecord(record)) as typeof record;

  expect(back.png.type).toBe('image/png');
  expect([...new Uint8Array(await back.png.arrayBuffer())]).toEqual([137, 80, 78, 71]);
  expect(await back.layers[0].mask.text()).toBe('mask');
});

test('a record that could not come back whole is refused by name', async () => {
  await expect(encodeRecord({ labels: new Map() })).rejects.toThrow('Map (at labels)');
});

test('a sealed record opens under its own collection and id only', async () => {
  const cipher = createRecordCipher(await newKey());
  const sealed = await cipher.seal('gallery', 'a', RECORD);

  expect(await cipher.open('gallery', 'a', sealed)).toEqual(RECORD);
  await expect(cipher.open('gallery', 'b', sealed)).rejects.toThrow('changed, swapped');
  await expect(cipher.open('masks', 'a', sealed)).rejects.toMatchObject({ name: 'RecordCorrupt' });
});

test('one flipped bit anywhere in a sealed record is noticed', async () => {
  const cipher = createRecordCipher(await newKey());
  const { iv, bytes } = await cipher.seal('gallery', 'a', { prompt: 'lung' });

  for (let bit = 0; bit < bytes.byteLength * 8; bit += 7) {
    const flipped = new Uint8Array(bytes.slice(0));
    flipped[bit >> 3] ^= 1 << (bit & 7);
    const opening = cipher.open('gallery', 'a', { iv, bytes: flipped.buffer });
    await expect(opening, `bit ${bit}`).rejects.toMatchObject({ name: 'RecordCorrupt' });
  }
});

test('the same record sealed twice shares neither its IV nor a byte pattern', async () => {
  const cipher = createRecordCipher(await newKey());
  const twice = await Promise.all([1, 2].map(() => cipher.seal('gallery', 'a', RECORD)));
  const [first, second] = twice.map(({ bytes }) => Buffer.from(bytes));

  expect(twice[0].iv).toHaveLength(12);
  expect(Buffer.from(twice[0].iv).equals(Buffer.from(twice[1].iv))).toBe(false);
  expect(first.equals(second)).toBe(false);
  expect(first.includes('chest x-ray')).toBe(false);
});
