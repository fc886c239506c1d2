import { pixelRatioOf, type DecodedImage } from './decoded-image';
import { pixelWeights, TRIANGLE } from './resampling';
import { shownSamples, type View } from './window-level';

/** How an image of another shape is brought to the model's: `crop` fills it and cuts the rest, `pad` adds black. */
export type Fit = 'crop' | 'pad';

/** Further from square no slice is shown: what says so is more likely wrong. */
const MAX_PIXEL_RATIO = 16;

/**
 * An image as the VAE encoder wants it: [3, height, width] in −1…1, grey in all three planes, centred, its pixels square.
 * Shrinking averages, growing interpolates (the triangle filter of `resample`).
 */
export function toModelInput(
  image: DecodedImage,
  view: View,
  target: { width: number; height: number; fit: Fit },
): Float32Array<ArrayBuffer> {
  const shown = shownSamples(image, view);
  const { width, height, fit } = target;
  const ratio = pixelRatioOf(image);
  const tall = image.height * Math.min(MAX_PIXEL_RATIO, Math.max(1 / MAX_PIXEL_RATIO, ratio));
  const ratios = [width / image.width, height / tall];
  const scale = fit === 'crop' ? Math.max(...ratios) : Math.min(...ratios);
  const size = {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(tall * scale)),
  };
  const [left, top] = [
    Math.floor((width - size.width) / 2),
    Math.floor((height - size.height) / 2),
  ];
  const input = new Float32Array(3 * width * height).fill(-1);
  for (let c = 0; c < image.channels; c++) {
    const plane = shown.filter((_, i) => i % image.channels === c);
    const scaled = resample(plane, image.width, image.height, size.width, size.height);
    for (let y = Math.max(0, top); y < Math.min(height, top + size.height); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, left + size.width); x++) {
        const value = 2 * scaled[(y - top) * size.width + x - left] - 1;
        input[(c * height + y) * width + x] = value;
      }
    }
  }
  if (image.channels === 1) {
    const plane = input.slice(0, width * height);
    input.set(plane, width * height);
    input.set(plane, 2 * width * height);
  }
  return input;
}

/**
 * One plane [height, width] at another size, separably, by a triangle as wide as two pixels of the coarser grid: bilinear
 * where it grows, antialiased where it shrinks. Pillow's BILINEAR.
 */
export function resample(
  plane: Float32Array,
  width: number,
  height: number,
  newWidth: number,
  newHeight: number,
): Float32Array {
  if (width === newWidth && height === newHeight) return plane.slice();
  const columns = pixelWeights(width, newWidth, TRIANGLE);
  const rows = pixelWeights(height, newHeight, TRIANGLE);
  const wide = new Float32Array(newWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const { first, weights } = columns[x];
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * plane[y * width + first + k];
      wide[y * newWidth + x] = sum;
    }
  }
  const result = new Float32Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    const { first, weights } = rows[y];
    for (let x = 0; x < newWidth; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * wide[(first + k) * newWidth + x];
      result[y * newWidth + x] = sum;
    }
  }
  return result;
}
