import { expect, test } from 'vitest';
import { tileSize } from '../../../src/diffusion/vae';
import { decodeInTiles, tileStarts } from '../../../src/diffusion/vae-tiles';
import { entry } from './fakes';

const SCALE = 4;

/** A decoder that looks at one latent pixel at a time: every colour is the channels' mean, enlarged. */
function decodeLocally(drift = 0) {
  let numTiles = 0;
  return async (tile: Float32Array, [, channels, h, w]: number[]) => {
    const offset = drift * numTiles++;
    const image = new Float32Array(3 * h * w * SCALE * SCALE);
    for (let i = 0; i < image.length; i++) {
      const [y, x] = [Math.floor(i / (w * SCALE)) % (h * SCALE), i % (w * SCALE)];
      const position = Math.floor(y / SCALE) * w + Math.floor(x / SCALE);
      for (let c = 0; c < channels; c++) image[i] += tile[c * h * w + position] / channels;
      image[i] += offset;
    }
    return image;
  };
}

const dims = [1, 2, 20, 37];
const latents = Float32Array.from({ length: 2 * 20 * 37 }, (_, i) => Math.sin(i * 0.37));

test('tiles of a decoder that looks at no neighbours make exactly the whole image', async () => {
  const whole = await decodeLocally()(latents, dims);
  const tiled = await decodeInTiles(latents, dims, 8, SCALE, decodeLocally());
  expect(tiled).toHaveLength(whole.length);
  const largest = tiled.reduce((max, x, i) => Math.max(max, Math.abs(x - whole[i])), 0);
  expect(largest).toBeLessThan(1e-6); // one rounding of the weighted mean
});

test('where tiles differ, one goes over into the other without a jump', async () => {
  // Each tile is 0.1 brighter than the one before it; side by side a seam would be a step of 0.1 and more.
  const flat = new Float32Array(2 * 8 * 14);
  const tiled = await decodeInTiles(flat, [1, 2, 8, 14], 8, SCALE, decodeLocally(0.1));
  const row = tiled.subarray(0, 14 * SCALE);
  const steps = [...row.keys()].slice(1).map((i) => Math.abs(row[i] - row[i - 1]));
  expect(row[0]).toBeCloseTo(0, 6);
  expect(row.at(-1)).toBeCloseTo(0.1, 6);
  expect(Math.max(...steps)).toBeLessThan(0.02);
});

test('tiles cover the side evenly and overlap by a quarter at least', () => {
  expect(tileStarts(64, 64)).toEqual([0]);
  expect(tileStarts(96, 64)).toEqual([0, 32]);
  expect(tileStarts(128, 64)).toEqual([0, 32, 64]);
  expect(tileStarts(20, 8)).toEqual([0, 6, 12]);
});

test('an image is tiled where it is larger than a tile and the device cannot hold it whole', () => {
  const { vaeDecoder } = entry.components;
  const at = (tile?: { size: number; wholeNeedsBytes?: number }) =>
    tileSize(
      { ...entry, components: { ...entry.components, vaeDecoder: { ...vaeDecoder, tile } } },
      null,
    );
  expect(at()).toBeNull();
  expect(at({ size: 2 })).toBeNull(); // 2×2 latents fit
  expect(at({ size: 1 })).toBe(1);
  expect(at({ size: 1, wholeNeedsBytes: 100 })).toBeNull();
  expect(at({ size: 1, wholeNeedsBytes: 2 ** 31 })).toBe(1);
});
