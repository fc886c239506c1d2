import type { DataSet } from 'dicom-parser';
import { unreadable, type Padding, type Samples, type Window } from '../decoded-image';
import { RESCALE_UNITS } from './dicom-tags';

/** A table of a DICOM file: the value for `first` comes first, and what lies outside gets the nearest end. */
export interface ValueTable {
  first: number;
  /** Bits of an entry, as the file says. */
  bits: number;
  values: Uint16Array;
}

/** Tags of a table: its descriptor, its entries, and its entries in segments. */
export interface TableTags {
  descriptor: string;
  data: string;
  segmented?: string;
}

const IN_SEQUENCE: TableTags = { descriptor: 'x00283002', data: 'x00283006' };

/**
 * Reads a table; `ImageUnreadable` where it is cut off. DICOM PS3.3 C.11.1.1 and C.7.6.3.1.5. `signedInput`: the values
 * that are looked up may be negative, and so is the first of them.
 */
export function readTable(dataSet: DataSet, tags: TableTags, signedInput: boolean): ValueTable {
  const { descriptor } = tags;
  const count = (dataSet.uint16(descriptor, 0) ?? 0) || 65_536;
  const signed = signedInput || (dataSet.elements[descriptor]?.vr as string) === 'SS';
  const first = (signed ? dataSet.int16(descriptor, 1) : dataSet.uint16(descriptor, 1)) ?? 0;
  const bits = dataSet.uint16(descriptor, 2) ?? 16;
  const isSegmented = tags.segmented !== undefined && tags.segmented in dataSet.elements;
  const values = isSegmented
    ? expandSegments(entries(dataSet, tags.segmented!, bits <= 8 ? 1 : 2), bits <= 8 ? 1 : 2)
    : plainEntries(dataSet, tags.data, count);
  if (values.length < count) {
    throw unreadable(
      `This DICOM file has a table of values that is cut off (expected ${count} entries, got ${values.length}).`,
    );
  }
  return { first, bits, values: values.subarray(0, count) };
}

/** Two bytes an entry, or one where there are only so many. */
function plainEntries(dataSet: DataSet, tag: string, count: number): Uint16Array {
  const length = dataSet.elements[tag]?.length ?? 0;
  return entries(dataSet, tag, length >= 2 * count ? 2 : 1);
}

function entries(dataSet: DataSet, tag: string, bytesEach: 1 | 2): Uint16Array {
  const element = dataSet.elements[tag];
  if (!element) return new Uint16Array();
  const inside = Math.min(element.length, dataSet.byteArray.length - element.dataOffset);
  return Uint16Array.from({ length: Math.floor(inside / bytesEach) }, (_, i) =>
    bytesEach === 2 ? dataSet.uint16(tag, i)! : dataSet.byteArray[element.dataOffset + i],
  );
}

/** More entries no table has. */
const MAX_ENTRIES = 65_536;

/** Segments of a palette to its entries: as they are, straight lines, and repetitions of both. DICOM PS3.3 C.7.9.2. */
function expandSegments(data: Uint16Array, bytesEach: 1 | 2): Uint16Array {
  const table: number[] = [];
  const expand = (from: number, most: number, deep: boolean) => {
    let at = from;
    for (let done = 0; done < most && at + 1 < data.length; done++) {
      const [kind, length] = [data[at], data[at + 1]];
      at += 2;
      if (kind === 0) {
        table.push(...data.subarray(at, at + length));
        at += length;
      } else if (kind === 1 && table.length > 0) {
        const [start, end] = [table[table.length - 1], data[at++]];
        for (let k = 1; k <= length; k++) {
          table.push(Math.round(start + ((end - start) * k) / length));
        }
      } else if (kind === 2 && !deep) {
        const words = bytesEach === 2 ? 2 : 4;
        const offset = data
          .subarray(at, at + words)
          .reduce((sum, part, i) => sum + part * 2 ** (8 * bytesEach * i), 0);
        at += words;
        expand(offset / bytesEach, length, true);
      } else throw badSegments();
      if (table.length > MAX_ENTRIES) throw badSegments();
    }
  };
  expand(0, Infinity, false);
  return Uint16Array.from(table);
}

function badSegments(): Error {
  return unreadable(
    'This DICOM file has a colour table in segments that make no sense (PS3.3 C.7.9.2).',
    'It is damaged: choose another file, or export it again.',
  );
}

/** The entry for a value. */
export function lookUp({ first, values }: ValueTable, value: number): number {
  return values[Math.min(Math.max(Math.round(value) - first, 0), values.length - 1)];
}

/** The Modality LUT of a file, with the unit of what comes out; null where there is none. PS3.3 C.11.1.1. */
export function readModalityTable(dataSet: DataSet, signed: boolean) {
  const item = dataSet.elements.x00283000?.items?.[0]?.dataSet;
  if (!item) return null;
  const unit = RESCALE_UNITS[item.string('x00283004') ?? ''] ?? null;
  return { table: readTable(item, IN_SEQUENCE, signed), unit };
}

/** Each VOI LUT of a data set as a window of its own. PS3.3 C.11.2.1.1. `signed`: of the values that it is laid over. */
export function readVoiTables(dataSet: DataSet, signed: boolean): Window[] {
  const items = dataSet.elements.x00283010?.items ?? [];
  return items.slice(0, 16).flatMap(({ dataSet: item }) => {
    if (!item) return [];
    const table = readTable(item, IN_SEQUENCE, signed);
    const { first, bits, values } = table;
    const largest = values.reduce((max, value) => Math.max(max, value), 2 ** bits - 1);
    const shades = Float32Array.from(values, (value) => value / largest);
    const width = Math.max(1, values.length - 1);
    return [
      { centre: first + width / 2, width, shape: 'TABLE' as const, table: { first, shades } },
    ];
  });
}

/**
 * Stored samples through a Modality LUT. What is padding becomes NaN, for it has no value; then, and only then, the
 * samples are floats.
 */
export function throughTable(
  samples: Samples,
  table: ValueTable,
  padding: Padding | undefined,
): Samples {
  const isPadding = (sample: number) =>
    padding !== undefined && sample >= padding.low && sample <= padding.high;
  const out = padding ? new Float32Array(samples.length) : new Uint16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    out[i] = isPadding(samples[i]) ? NaN : lookUp(table, samples[i]);
  }
  return out;
}
