import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { encodeSamples } from '../../../src/image/png';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';
import { differencePng } from '../../../src/pictures/difference-png';

const ENTRY = { image: { width: 8, height: 6 } } as unknown as DiffusionEntry;
const samples = (at: (pixel: number, colour: number) => number) =>
  Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) => at(Math.floor(i / 3), i % 3));
const png = (values: Uint8Array<ArrayBuffer>) =>
  encodeSamples({ width: 8, height: 6, samples: values }, {});

test('a difference is the mean of what the three colours of a pixel have moved, either way', async () => {
  const before = png(samples(() => 100));
  const after = png(samples((pixel, colour) => 100 + [pixel, -pixel, 1][colour]));
  const found = decode(await (await differencePng(before, after, ENTRY)).arrayBuffer());
  expect(found).toMatchObject({ width: 8, height: 6, channels: 1 });
  expect([...found.data]).toEqual(
    Array.from({ length: 48 }, (_, pixel) => Math.round((2 * pixel + 1) / 3)),
  );
});
