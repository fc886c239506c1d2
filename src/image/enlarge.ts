/** Half the width of the kernel, in source pixels. */
const LOBES = 3;

/** What one output pixel takes: weights of the source pixels from `first` on, which add up to 1. */
interface Taps {
  first: number;
  weights: number[];
}

/**
 * A picture `factor` times as wide and high, by Lanczos interpolation with three lobes: Duchon 1979, "Lanczos Filtering in
 * One and Two Dimensions", J. Appl. Meteorology 18; as an image filter Turkowski 1990, "Filters for Common Resampling
 * Tasks", Graphics Gems I. It follows what is there and adds no detail; beside hard edges it may ring.
 *
 * `samples` [height · width · channels], interleaved; so is what is returned, at the new size. Rows first, then columns,
 * rounded to whole grey levels in between, and at the borders the kernel is cut off and scaled to a sum of 1: as Pillow's
 * `Image.resize(…, LANCZOS)` has it.
 */
export function enlargeLanczos(
  { width, height, samples }: { width: number; height: number; samples: Uint8Array },
  factor: number,
) {
  const channels = samples.length / (width * height);
  const size = { width: width * factor, height: height * factor };
  // [height · new width · channels]: lines are rows, and neighbours lie a pixel apart.
  const wide = resample(samples, tapsFor(width, factor), {
    numLines: height,
    lineStride: [width * channels, size.width * channels],
    stride: channels,
    channels,
  });
  // [new height · new width · channels]: lines are columns.
  const high = resample(wide, tapsFor(height, factor), {
    numLines: size.width,
    lineStride: [channels, channels],
    stride: size.width * channels,
    channels,
  });
  return { ...size, samples: new Uint8Array(high.buffer) };
}

/** sin(πx)/(πx) under its own central lobe, stretched to three. */
function lanczos(x: number): number {
  return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** For each pixel of a line of `length` pixels made `factor` times as long. */
function tapsFor(length: number, factor: number): Taps[] {
  return Array.from({ length: length * factor }, (_, i) => {
    const centre = (i + 0.5) / factor; // pixel k covers k…k+1
    const first = Math.max(0, Math.round(centre - LOBES));
    const end = Math.min(length, Math.round(centre + LOBES));
    const raw = Array.from({ length: end - first }, (_, k) => lanczos(first + k + 0.5 - centre));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}

/** `lineStride`: from line to line, of the source and of the result; `stride`: from pixel to pixel of a line, of both. */
function resample(
  source: ArrayLike<number>,
  taps: Taps[],
  {
    numLines,
    lineStride: [fromStride, toStride],
    stride,
    channels,
  }: { numLines: number; lineStride: [number, number]; stride: number; channels: number },
): Uint8ClampedArray<ArrayBuffer> {
  const result = new Uint8ClampedArray(numLines * taps.length * channels);
  for (let line = 0; line < numLines; line++) {
    for (const [i, { first, weights }] of taps.entries()) {
      for (let channel = 0; channel < channels; channel++) {
        const from = line * fromStride + first * stride + channel;
        let value = 0;
        for (let k = 0; k < weights.length; k++) value += weights[k] * source[from + k * stride];
        result[line * toStride + i * stride + channel] = value; // clamped and rounded by its type
      }
    }
  }
  return result;
}
