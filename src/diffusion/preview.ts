import type { Preview } from '../contract/picture';
import type { DiffusionEntry } from '../models/manifest/manifest';
import { latentDims } from './latents';

/** A picture is drawn at most this often: the page cannot use more, and the steps should not wait. */
export const PREVIEW_INTERVAL_MS = 200;

/**
 * A small picture of clean latents [1, channels, h, w] (at the UNet's scale) by the manifest's linear projection:
 * every latent pixel becomes patch×patch pixels, each colour a weighted sum of the channels plus a bias.
 */
export function projectPreview(latents: Float32Array, entry: DiffusionEntry): Preview {
  if (entry.volume) return projectMiddle(latents, entry);
  return project(latents, latentDims(entry), entry);
}

/** The axial plane in the middle of a volume, seen as threePlanes shows it: x and y both run against the picture. */
function projectMiddle(latents: Float32Array, entry: DiffusionEntry): Preview {
  const [, channels, sizeX, sizeY, sizeZ] = latentDims(entry);
  const middle = Math.floor(sizeZ / 2);
  const plane = new Float32Array(channels * sizeX * sizeY);
  for (let i = 0; i < plane.length; i++) {
    const [c, at] = [Math.floor(i / (sizeX * sizeY)), i % (sizeX * sizeY)];
    const [y, x] = [Math.floor(at / sizeX), at % sizeX];
    plane[i] = latents[((c * sizeX + x) * sizeY + y) * sizeZ + middle];
  }
  const picture = project(plane, [1, channels, sizeY, sizeX], entry);
  const pixels = new Uint32Array(picture.rgba.buffer).reverse(); // turned half round
  return { ...picture, rgba: new Uint8ClampedArray(pixels.buffer) };
}

function project(latents: Float32Array, dims: number[], entry: DiffusionEntry): Preview {
  const { patch, weights } = entry.preview;
  const [, channels, rows, columns] = dims;
  const [width, height] = [columns * patch, rows * patch];
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (const [row, projection] of weights.entries()) {
    const colour = Math.floor(row / (patch * patch));
    const [dy, dx] = [Math.floor(row / patch) % patch, row % patch];
    for (let position = 0; position < rows * columns; position++) {
      let value = projection[channels]; // the bias
      for (let c = 0; c < channels; c++) {
        value += projection[c] * latents[c * rows * columns + position];
      }
      const y = Math.floor(position / columns) * patch + dy;
      const x = (position % columns) * patch + dx;
      rgba[(y * width + x) * 4 + colour] = value * 255;
    }
  }
  return { width, height, rgba };
}
