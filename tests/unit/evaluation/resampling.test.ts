import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { PILLOW_FILTERS, resizeBytes } from '../../../src/image/resampling';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/feature-networks');

test("every filter resizes a picture to Pillow's bytes", () => {
  // training/goldens/make_feature_networks.py; 75 × 75 → 2 × 78: shrunk along x, enlarged along y.
  const { data, width, height, channels } = decode(readFileSync(`${FIXTURES}/picture.png`));
  const picture = { data: data as Uint8Array, width, height, channels };
  const wanted = JSON.parse(readFileSync(`${FIXTURES}/resized.json`, 'utf8')) as object;

  expect(Object.keys(wanted)).toEqual(Object.keys(PILLOW_FILTERS));
  for (const [number, bytes] of Object.entries(wanted)) {
    const made = resizeBytes(picture, 2, 78, PILLOW_FILTERS[Number(number)]);
    expect([...made.data], `filter ${number}`).toEqual(bytes);
  }
});
