import { AutoImageProcessor, RawImage } from '@huggingface/transformers';
import { appError } from '../../errors';
import { PILLOW_FILTERS, resizeBytes } from '../../image/resampling';
import { withFiles } from '../../models/runtime/transformers-files';
import type { Square } from '../metrics/read-square';

/** One picture as a network wants it: [1, channels, height, width]. */
export interface PixelValues {
  dims: number[];
  data: Float32Array;
}

/** Prepares the square in the middle of an image. */
export type ImageProcessor = (square: Pick<Square, 'side' | 'planes'>) => Promise<PixelValues>;

const FILE = 'preprocessor_config.json';

/**
 * transformers.js' processor for a preprocessor_config.json, given as text; no request is made. `ModelUnsupported` where it cannot prepare single pictures.
 */
export async function openImageProcessor(preprocessing: string): Promise<ImageProcessor> {
  const files = { [FILE]: preprocessing };
  const processor = await named(() =>
    withFiles(files, (name) => AutoImageProcessor.from_pretrained(name)),
  );
  return async (square) => {
    const { pixel_values } = await named(
      async () => (await processor([pictureOf(square)])) as { pixel_values?: Partial<PixelValues> },
    );
    const { dims, data } = pixel_values ?? {};
    if (dims?.length === 4 && dims[0] === 1 && data instanceof Float32Array) return { dims, data };
    throw unsupported(
      `it makes [${dims?.join(', ') ?? ''}] of one picture, not [1, channels, height, width]`,
    );
  };
}

/** transformers.js' own errors say what of the file is wrong. */
async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, message } = error as Error;
    throw name === 'ModelUnsupported' ? error : unsupported(message, error);
  }
}

type ResizeOptions = NonNullable<Parameters<RawImage['resize']>[2]>;

/**
 * A picture that is resized and cut as Pillow does it. In a browser RawImage lets a canvas do both: that blends fewer
 * pixels when it shrinks, differs between browsers, and cuts at half pixels; KID follows such differences
 * (Parmar et al. 2022, https://arxiv.org/abs/2104.11222).
 */
class PillowImage extends RawImage {
  override resize(width: number, height: number, { resample = 2 }: ResizeOptions = {}) {
    const filter = PILLOW_FILTERS[Number(resample)];
    if (!filter) throw unsupported(`it resizes by ${resample}, which is no filter of Pillow's`);
    const { data } = resizeBytes(this, width, height, filter);
    return Promise.resolve(new PillowImage(data, width, height, this.channels));
  }

  /** What lies outside is black. */
  override center_crop(width: number, height: number) {
    const [left, top] = [
      Math.floor((this.width - width) / 2),
      Math.floor((this.height - height) / 2),
    ];
    const { channels } = this;
    const cut = new Uint8ClampedArray(width * height * channels);
    for (let y = Math.max(0, -top); y < Math.min(height, this.height - top); y++) {
      const [from, end] = [Math.max(0, -left), Math.min(width, this.width - left)];
      const row = (y + top) * this.width + left;
      cut.set(
        this.data.subarray((row + from) * channels, (row + end) * channels),
        (y * width + from) * channels,
      );
    }
    return Promise.resolve(new PillowImage(cut, width, height, channels));
  }
}

/** Three bytes for each pixel; grey stands in all of them. */
function pictureOf({ side, planes }: Pick<Square, 'side' | 'planes'>): PillowImage {
  const data = new Uint8ClampedArray(side * side * 3);
  for (let c = 0; c < 3; c++) {
    const plane = planes[c] ?? planes[0];
    for (let i = 0; i < side * side; i++) data[3 * i + c] = plane[i];
  }
  return new PillowImage(data, side, side, 3);
}

function unsupported(why: string, cause?: unknown): Error {
  return appError(
    'ModelUnsupported',
    `Pictures cannot be prepared by the network's ${FILE}: ${why}. Choose a network whose processor takes single pictures.`,
    cause,
  );
}
