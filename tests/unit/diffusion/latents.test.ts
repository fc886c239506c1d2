import { expect, test } from 'vitest';
import {
  combine,
  createCpuLatents,
  guide,
  initialLatents,
  noisedLatents,
  scaleLatents,
  unscaleLatents,
} from '../../../src/diffusion/latents';
import { projectPreview } from '../../../src/diffusion/preview';
import { standardNormals } from '../../../src/diffusion/random';
import { toPixels } from '../../../src/diffusion/vae';
import { entry } from './fakes';

test('the first latents are the noise of seed and image, at the scheduler’s scale', () => {
  const latents = initialLatents(entry, { seed: 7, imageIndex: 2 }, 2);
  expect(latents).toEqual(standardNormals(7, 2, 8).map((z) => z * 2));
});

test('a step is linear in latents and noise', () => {
  const next = combine(Float32Array.of(1, 2), Float32Array.of(10, 20), {
    latents: 1,
    noisePred: -0.5,
  });
  expect(next).toEqual(Float32Array.of(-4, -8));
});

test('guidance goes from the unconditional row through the conditional one and on', () => {
  // u + 3·(c − u) with u = 1, c = 2.
  expect(guide(Float32Array.of(1, 2), 1, { scale: 3, rescale: 0 })).toEqual(Float32Array.of(4));
  expect(guide(Float32Array.of(1, 2), 2, { scale: 3, rescale: 0 })).toEqual(Float32Array.of(1, 2));
});

test('guidance rescale gives the guided prediction the spread of the conditional one, by its share', () => {
  // c = ±1 spreads by 1; u = 0 and a scale of 5 make ±5: a full rescale undoes it, a half one leaves 0.5·5 + 0.5.
  const noisePred = Float32Array.of(0, 0, 1, -1);
  expect(guide(noisePred, 2, { scale: 5, rescale: 1 })).toEqual(Float32Array.of(1, -1));
  expect(guide(noisePred, 2, { scale: 5, rescale: 0.5 })).toEqual(Float32Array.of(3, -3));
});

test('a step reads what the steps before it kept, newest first, and fresh noise', () => {
  const plain = { timestep: 0, inputScale: 1, predOriginal: { latents: 1, noisePred: 0 } };
  const noised = { clean: 1, noise: 0 };
  const guidance = { scale: 1, rescale: 0 };
  const state = createCpuLatents(entry, Float32Array.of(1));
  const stay = { latents: 1, noisePred: 0, history: [], noise: 0 };
  const keep = { latents: 0, noisePred: 1 };
  for (const y of [10, 20]) {
    state.advance(Float32Array.of(y), { ...plain, noised, keep, next: stay }, guidance, null);
  }
  // 1·1 + 1·30 + 2·20 + 3·10 + 4·100
  const next = { latents: 1, noisePred: 1, history: [2, 3], noise: 4 };
  const step = { ...plain, noised, keep: null, next };
  state.advance(Float32Array.of(30), step, guidance, Float32Array.of(100));
  expect(state.current).toEqual(Float32Array.of(501));
});

test('image to image starts from the encoded image with noise on it', () => {
  const step = { noised: { clean: 0.5, noise: 2 } } as Parameters<typeof noisedLatents>[2];
  expect(noisedLatents(Float32Array.of(4), Float32Array.of(1), step)).toEqual(Float32Array.of(4));
  expect(scaleLatents(unscaleLatents(Float32Array.of(3), entry), entry)).toEqual(
    Float32Array.of(3),
  );
});

test('the decoder gets latents without the scaling factor and shift', () => {
  expect(unscaleLatents(Float32Array.of(1, -1), entry)).toEqual(Float32Array.of(2.25, -1.75));
});

test('the preview projects each latent pixel to its patch, clamped, opaque', () => {
  const latents = Float32Array.of(0, 1, 2, -1, 0.2, 0.4, 0.6, 0.8);
  const { width, height, rgba } = projectPreview(latents, entry);
  expect([width, height]).toEqual([2, 2]);
  expect(Array.from(rgba)).toEqual([
    ...[0, 51, 128, 255],
    ...[255, 102, 128, 255],
    ...[255, 153, 128, 255],
    ...[0, 204, 128, 255],
  ]);
});

test('a preview patch of 2 has its rows in the order colour, y, x', () => {
  // Only a bias for each of 3·2·2 rows: the picture is the list of rows.
  const weights = Array.from({ length: 12 }, (_, row) => [0, 0, (row + 1) / 255]);
  const { width, rgba } = projectPreview(new Float32Array(8), {
    ...entry,
    preview: { patch: 2, weights },
  });
  const pixel = (x: number, y: number) =>
    Array.from(rgba.slice((y * width + x) * 4, (y * width + x) * 4 + 3));
  expect(width).toBe(4);
  expect(pixel(0, 0)).toEqual([1, 5, 9]);
  expect(pixel(1, 0)).toEqual([2, 6, 10]);
  expect(pixel(0, 1)).toEqual([3, 7, 11]);
  expect(pixel(3, 3)).toEqual([4, 8, 12]);
});

test('an image in −1…1 becomes bytes, planes become pixels, and what is beyond is clamped', () => {
  const image = Float32Array.of(-1, 1, 0, 2, -3, 0.5);
  expect(toPixels(image, 2, 1)).toEqual({
    width: 2,
    height: 1,
    rgba: Uint8ClampedArray.of(0, 128, 0, 255, 255, 255, 191, 255),
  });
});
