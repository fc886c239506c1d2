import type { DataSet } from 'dicom-parser';
import { unreadable } from './decoded-image';
import { bytesOf } from './dicom-header';

/** Plane after plane → pixel after pixel, three channels. */
export function interleave<T extends Uint8Array | Uint16Array>(planes: T): T {
  const pixels = planes.length / 3;
  const samples = planes.slice() as T;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) samples[i * 3 + c] = planes[c * pixels + i];
  }
  return samples;
}

/** YBR_FULL to RGB, 8 bit, interleaved, in place. DICOM PS3.3 C.7.6.3.1.2. */
export function ybrToRgb(samples: Uint8Array): Uint8Array {
  const clamped = new Uint8ClampedArray(samples.buffer, samples.byteOffset, samples.length);
  for (let i = 0; i < samples.length; i += 3) {
    const [y, cb, cr] = [samples[i], samples[i + 1] - 128, samples[i + 2] - 128];
    clamped[i] = y + 1.402 * cr;
    clamped[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    clamped[i + 2] = y + 1.772 * cb;
  }
  return samples;
}

/** Uncompressed YBR_FULL_422: Y1 Y2 Cb Cr for two neighbours → three samples each. [pixels · 2] → [pixels · 3]. */
export function widen422(samples: Uint8Array): Uint8Array<ArrayBuffer> {
  const wide = new Uint8Array((samples.length / 2) * 3);
  for (let from = 0, to = 0; from + 3 < samples.length; from += 4, to += 6) {
    const [first, second, cb, cr] = samples.subarray(from, from + 4);
    wide.set([first, cb, cr, second, cb, cr], to);
  }
  return wide;
}

/** PALETTE COLOR: indices through three tables to 8-bit RGB. DICOM PS3.3 C.7.6.3.1.5. */
export function applyPalette(
  dataSet: DataSet,
  indices: ArrayLike<number>,
): Uint8Array<ArrayBuffer> {
  const tables = ['1', '2', '3'].map((n) => readTable(dataSet, `x0028110${n}`, `x0028120${n}`));
  const rgb = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    for (const [c, { first, values }] of tables.entries()) {
      const at = Math.min(Math.max(indices[i] - first, 0), values.length - 1);
      rgb[i * 3 + c] = values[at];
    }
  }
  return rgb;
}

/** A table's first index and its colours in 8 bit. */
function readTable(dataSet: DataSet, descriptorTag: string, dataTag: string) {
  const [count, first, bits] = [0, 1, 2].map((i) => dataSet.uint16(descriptorTag, i) ?? 0);
  const length = count === 0 ? 65_536 : count;
  const element = dataSet.elements[dataTag];
  const bytesEach = element && element.length >= length * 2 ? 2 : 1;
  if (!element || element.length < length * bytesEach) {
    throw unreadable(
      `This DICOM file has a colour table that is cut off (expected ${length} colours).`,
    );
  }
  const values = Uint8Array.from({ length }, (_, i) =>
    bytesEach === 1
      ? bytesOf(dataSet)[element.dataOffset + i]
      : dataSet.uint16(dataTag, i)! >> (bits > 8 ? 8 : 0),
  );
  return { first, values };
}
