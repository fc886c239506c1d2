import type { DataSet } from 'dicom-parser';
import { lookUp, readTable, type ValueTable } from './dicom-tables';

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

/** PALETTE COLOR: indices through three tables to 8-bit RGB. DICOM PS3.3 C.7.6.3.1.5. `signed`: the indices may be negative. */
export function applyPalette(
  dataSet: DataSet,
  indices: ArrayLike<number>,
  signed: boolean,
): Uint8Array<ArrayBuffer> {
  const tables = ['1', '2', '3'].map((n) => {
    const tags = { descriptor: `x0028110${n}`, data: `x0028120${n}`, segmented: `x0028122${n}` };
    return readTable(dataSet, tags, signed);
  });
  const shift = shiftToByte(tables);
  const rgb = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    for (const [c, table] of tables.entries()) rgb[i * 3 + c] = lookUp(table, indices[i]) >> shift;
  }
  return rgb;
}

/** Files say 16 bits and hold 8, and the other way round: what occurs counts. */
function shiftToByte(tables: ValueTable[]): number {
  const largest = Math.max(
    ...tables.map(({ values }) => values.reduce((max, value) => Math.max(max, value), 0)),
  );
  if (largest < 256) return 0;
  const bits = Math.max(...tables.map((table) => table.bits));
  return bits > 8 && largest < 2 ** bits ? bits - 8 : 8;
}
