/** Pillow's filters, by which pictures change their size: https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters */

/** What each old pixel weighs, by its distance from the new one in pixels of the coarser grid. */
export interface Filter {
  /** Beyond this distance nothing weighs. */
  support: number;
  weigh: (distance: number) => number;
}

export const TRIANGLE: Filter = { support: 1, weigh: (x) => Math.max(0, 1 - Math.abs(x)) };

/** Keys 1981 with a = −0.5. */
const CUBIC: Filter = {
  support: 2,
  weigh(distance) {
    const x = Math.abs(distance);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
  },
};

/** Three lobes: Duchon 1979, https://doi.org/10.1175/1520-0450(1979)018<1016:LFIOAT>2.0.CO;2. It may ring beside hard edges. */
export const LANCZOS: Filter = {
  support: 3,
  weigh: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0),
};

const BOX: Filter = { support: 0.5, weigh: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };

const HAMMING: Filter = {
  support: 1,
  weigh: (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0),
};

/** By the numbers that Pillow and `preprocessor_config.json` give them; 0 is the nearest pixel. */
export const PILLOW_FILTERS: Readonly<Record<number, Filter | 'nearest'>> = {
  0: 'nearest',
  1: LANCZOS,
  2: TRIANGLE,
  3: CUBIC,
  4: BOX,
  5: HAMMING,
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Which old pixels a new one is made of, from `first` on, with weights that sum to 1. */
export interface PixelWeights {
  first: number;
  weights: number[];
}

/** For each of `newSize` pixels in a row. Where it shrinks, the filter grows with it: Pillow's antialiasing. */
export function pixelWeights(size: number, newSize: number, filter: Filter): PixelWeights[] {
  const scale = size / newSize;
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  return Array.from({ length: newSize }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const end = Math.min(size, Math.floor(centre + support + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) =>
      filter.weigh((first + k + 0.5 - centre) / stretch),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}

/** Bytes, row by row, `channels` for each pixel. */
export interface BytePicture {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
  channels: number;
}

/** A picture at another size as Pillow makes it: rows first, then columns, rounded to bytes after each. */
export function resizeBytes(
  picture: BytePicture,
  newWidth: number,
  newHeight: number,
  filter: Filter | 'nearest',
): BytePicture {
  const { width, height } = picture;
  const weightsOf = (size: number, newSize: number) =>
    inUnits(filter === 'nearest' ? nearest(size, newSize) : pixelWeights(size, newSize, filter));
  const wide = newWidth === width ? picture : alongX(picture, weightsOf(width, newWidth));
  return newHeight === height ? wide : alongY(wide, weightsOf(height, newHeight));
}

/** Pillow adds up bytes in whole numbers, in which a weight of 1 is this much: it decides where halves go. */
const UNIT = 2 ** 22;

function inUnits(all: PixelWeights[]): PixelWeights[] {
  const whole = (weight: number) => Math.trunc(weight * UNIT + (weight < 0 ? -0.5 : 0.5));
  return all.map(({ first, weights }) => ({ first, weights: weights.map(whole) }));
}

function nearest(size: number, newSize: number): PixelWeights[] {
  const at = (i: number) => Math.min(size - 1, Math.floor(((i + 0.5) * size) / newSize));
  return Array.from({ length: newSize }, (_, i) => ({ first: at(i), weights: [1] }));
}

function alongX({ data, width, height, channels }: BytePicture, columns: PixelWeights[]) {
  const result = new Uint8ClampedArray(columns.length * height * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (const { first, weights } of columns) {
      for (let c = 0; c < channels; c++) {
        const from = (y * width + first) * channels + c;
        result[at++] = rounded(data, from, channels, weights);
      }
    }
  }
  return { data: result, width: columns.length, height, channels };
}

function alongY({ data, width, channels }: BytePicture, rows: PixelWeights[]) {
  const stride = width * channels;
  const result = new Uint8ClampedArray(rows.length * stride);
  rows.forEach(({ first, weights }, y) => {
    for (let i = 0; i < stride; i++) {
      result[y * stride + i] = rounded(data, first * stride + i, stride, weights);
    }
  });
  return { data: result, width, height: rows.length, channels };
}

/** The sum of every `step`th byte, weighted in units. */
function rounded(data: BytePicture['data'], from: number, step: number, weights: number[]): number {
  let sum = UNIT / 2;
  for (let k = 0; k < weights.length; k++) sum += weights[k] * data[from + k * step];
  return Math.floor(sum / UNIT); // beyond 0…255 it is clamped where it is stored
}
