import type { InitImage, InpaintRegion } from '../contract/request';
import type { DiffusionEntry } from '../models/manifest/manifest';
import { initialLatents, latentDims, type KnownLatents } from './latents';
import type { RgbaImage } from './vae';

/** RGB bytes [height · width · 3] → what the VAE encoder takes: [3, height, width] in −1…1. */
export function toEncoderInput(rgb: Uint8Array): Float32Array<ArrayBuffer> {
  const plane = rgb.length / 3;
  const input = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i++)
    input[(i % 3) * plane + Math.floor(i / 3)] = rgb[i] / 127.5 - 1;
  return input;
}

/**
 * What inpainting holds on to in every step: the encoded image, the noise that image starts from, and where the latents may
 * change. Avrahami et al. 2023, https://arxiv.org/abs/2206.02779, section 3.2; the known part is noised as in RePaint,
 * Lugmayr et al. 2022, https://arxiv.org/abs/2201.09865, eq. 8a, always with the same noise.
 */
export function knownLatents(
  entry: DiffusionEntry,
  request: { seed: number; imageIndex: number },
  encoded: Float32Array,
  { region }: InpaintRegion,
): KnownLatents {
  const noise = initialLatents(entry, request, 1);
  return { encoded, noise, changes: latentRegion(entry, region!) };
}

/** [h, w] of the latents: 1 where any pixel of the cell may change, else 0. */
export function latentRegion(entry: DiffusionEntry, region: Uint8Array): Float32Array<ArrayBuffer> {
  const [, , rows, columns] = latentDims(entry);
  const { width } = entry.image;
  const { downscale } = entry.latents;
  const changes = new Float32Array(rows * columns);
  for (let i = 0; i < region.length; i++) {
    if (region[i] === 0) continue;
    const row = Math.floor(Math.floor(i / width) / downscale);
    changes[row * columns + Math.floor((i % width) / downscale)] = 1;
  }
  return changes;
}

/**
 * The new image inside the region, the old one outside, byte for byte; the new fades in over `featherPx` pixels from the
 * region's border inwards, so that all that was protected stays as it was.
 */
export function compositeOver(
  { width, height, rgba }: RgbaImage,
  { rgb }: InitImage,
  { region, featherPx }: InpaintRegion,
): RgbaImage {
  const share = fadeIn(region!, width, height, featherPx);
  const result = new Uint8ClampedArray(rgba.length).fill(255);
  for (let i = 0; i < share.length; i++) {
    for (let c = 0; c < 3; c++) {
      const [old, fresh] = [rgb![3 * i + c], rgba[4 * i + c]];
      result[4 * i + c] = old + share[i] * (fresh - old);
    }
  }
  return { width, height, rgba: result };
}

/** [height · width]: how much of the new image is seen, 0 outside the region, 1 from `featherPx` inside its border on. */
export function fadeIn(
  region: Uint8Array,
  width: number,
  height: number,
  featherPx: number,
): Float32Array<ArrayBuffer> {
  const distances = distancesInside(region, width, height);
  return distances.map((distance) => Math.min(1, distance / (featherPx + 1)));
}

/**
 * Of each pixel to the nearest one outside the region, in pixels; 0 outside, infinite where there is none. Chamfer distance
 * with steps of 1 and √2, two passes. Borgefors 1986, https://doi.org/10.1016/S0734-189X(86)80047-0.
 */
function distancesInside(region: Uint8Array, width: number, height: number) {
  const distances = Float32Array.from(region, (value) => (value === 0 ? 0 : Infinity));
  const relax = (x: number, y: number, by: number) => {
    const at = y * width + x;
    for (const [dx, dy, step] of HALF_NEIGHBOURS) {
      const [nx, ny] = [x + by * dx, y + by * dy];
      if (nx < 0 || nx >= width || ny < 0 || ny >= height) continue;
      distances[at] = Math.min(distances[at], distances[ny * width + nx] + step);
    }
  };
  for (let i = 0; i < distances.length; i++) relax(i % width, Math.floor(i / width), 1);
  for (let i = distances.length - 1; i >= 0; i--) relax(i % width, Math.floor(i / width), -1);
  return distances;
}

/** Those that come before a pixel in reading order: columns, rows, and the way there. */
const HALF_NEIGHBOURS = [
  [-1, 0, 1],
  [0, -1, 1],
  [-1, -1, Math.SQRT2],
  [1, -1, Math.SQRT2],
];
