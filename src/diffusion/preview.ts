import type { Preview } from '../../workers/api';
import type { ModelEntry } from '../models/manifest';
import { latentDims } from './latents';

/** A picture is drawn at most this often: the page cannot use more, and the steps should not wait. */
export const PREVIEW_INTERVAL_MS = 200;

/**
 * A small picture of clean latents [1, channels, h, w] (at the UNet's scale) by the manifest's linear projection:
 * every latent pixel becomes patch×patch pixels, each colour a weighted sum of the channels plus a bias.
 */
export function projectPreview(latents: Float32Array, entry: ModelEntry): Preview {
  const { patch, weights } = entry.preview;
  const [, channels, rows, columns] = latentDims(entry);
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
