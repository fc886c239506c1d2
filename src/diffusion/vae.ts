import type { ModelEntry } from '../models/manifest';
import type { ModelSession } from '../models/session-types';
import { latentDims, unscaleLatents } from './latents';
import { assertFinite, toFloat32, toTensor } from './tensors';

/** Opaque pixels, row by row, four bytes each: what a canvas and a PNG take. */
export interface RgbaImage {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** Clean latents [1, c, h, w] at the UNet's scale → pixels. */
export type Decode = (latents: Float32Array) => Promise<RgbaImage>;

/** The VAE decoder of a model. */
export function createVaeDecoder(entry: ModelEntry, session: ModelSession): Decode {
  const { inputs, outputs } = entry.components.vaeDecoder;
  return async (latents) => {
    assertFinite(latents, 'the latents');
    const encoded = unscaleLatents(latents, entry);
    const feeds = { [inputs.latents.name]: toTensor(inputs.latents, latentDims(entry), encoded) };
    const image = (await session.run(feeds))[outputs.image.name];
    const [height, width] = image.dims.slice(-2);
    return toPixels(toFloat32(image), width, height);
  };
}

/** [1, 3, height, width] in −1…1, clamped to it, → bytes. */
export function toPixels(image: Float32Array, width: number, height: number): RgbaImage {
  assertFinite(image, 'the decoded pixels');
  const plane = width * height;
  const rgba = new Uint8ClampedArray(plane * 4).fill(255);
  for (let i = 0; i < plane; i++) {
    // The array clamps, and rounds halves to even as NumPy does.
    rgba[i * 4] = (image[i] + 1) * 127.5;
    rgba[i * 4 + 1] = (image[plane + i] + 1) * 127.5;
    rgba[i * 4 + 2] = (image[2 * plane + i] + 1) * 127.5;
  }
  return { width, height, rgba };
}
