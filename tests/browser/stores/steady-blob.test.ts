import { expect, test } from 'vitest';
import { SteadyBlob } from '../../../src/common/steady-blob';

const MIB = 2 ** 20;
const BYTES = Uint8Array.from({ length: 9 * MIB }, (_, i) => (i * 31 + (i >> 12)) & 255);

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

test('a slice of a slice streams its own bytes, over the edges of its parts', async () => {
  const parts = [0, 4, 8].map((at) => new Blob([BYTES.subarray(at * MIB, (at + 4) * MIB)]));
  const blob = new SteadyBlob(new Blob(parts));
  expect(blob.size).toBe(9 * MIB);
  const slice = blob.slice(3 * MIB + 5, 9 * MIB).slice(0, 5 * MIB);
  expect(slice).toBeInstanceOf(Blob);
  const bytes = await readAll(slice.stream());
  expect(bytes.length).toBe(5 * MIB);
  expect(bytes.every((byte, i) => byte === BYTES[3 * MIB + 5 + i])).toBe(true);
});

test('a stream comes to its end, an empty one at once', async () => {
  const reader = new SteadyBlob(new Blob(['ab'])).slice(0, 2).stream().getReader();
  expect((await reader.read()).value).toEqual(Uint8Array.of(97, 98));
  expect((await reader.read()).done).toBe(true);
  expect((await readAll(new SteadyBlob(new Blob()).stream())).length).toBe(0);
});
