/** The blocks of a LevelDB table, unpacked: https://github.com/google/leveldb/blob/main/doc/table_format.md */

/** A handle to the index of handles, padded, and a magic number. */
const FOOTER = 48;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
const SNAPPY = 1;

/** All data blocks that are packed; none where the file is no table. */
export function tableBlocks(table: Buffer): Buffer[] {
  if (table.length < FOOTER || !table.subarray(-8).equals(MAGIC)) return [];
  const footer = table.subarray(-FOOTER);
  const meta = readHandle(footer, 0);
  const index = readHandle(footer, meta.end);
  const blocks: Buffer[] = [];
  for (const value of entryValues(readBlock(table, index).bytes)) {
    const { bytes, packed } = readBlock(table, readHandle(value, 0));
    if (packed) blocks.push(bytes);
  }
  return blocks;
}

interface Handle {
  offset: number;
  size: number;
  end: number;
}

function readHandle(bytes: Buffer, at: number): Handle {
  const offset = readVarint(bytes, at);
  const size = readVarint(bytes, offset.end);
  return { offset: offset.value, size: size.value, end: size.end };
}

function readBlock(table: Buffer, { offset, size }: Handle) {
  const bytes = table.subarray(offset, offset + size);
  const packed = table[offset + size] === SNAPPY;
  return { bytes: packed ? unpackSnappy(bytes) : bytes, packed };
}

/** Entries share the beginnings of their keys; the restart points at the end are of no interest here. */
function entryValues(block: Buffer): Buffer[] {
  const end = block.length - 4 * (block.readUInt32LE(block.length - 4) + 1);
  const values: Buffer[] = [];
  for (let at = 0; at < end;) {
    const shared = readVarint(block, at);
    const rest = readVarint(block, shared.end);
    const length = readVarint(block, rest.end);
    const start = length.end + rest.value;
    values.push(block.subarray(start, start + length.value));
    at = start + length.value;
  }
  return values;
}

/** https://github.com/google/snappy/blob/main/format_description.txt */
export function unpackSnappy(packed: Buffer): Buffer {
  const { value: length, end } = readVarint(packed, 0);
  const text = Buffer.alloc(length);
  let to = 0;
  for (let at = end; at < packed.length;) {
    const tag = packed[at++];
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >> 2) - 59); // bytes that hold the length, where it is above 60
      const size = (extra ? packed.readUIntLE(at, extra) : tag >> 2) + 1;
      at += extra;
      packed.copy(text, to, at, at + size);
      at += size;
      to += size;
      continue;
    }
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back =
      kind === 1 ? ((tag >> 5) << 8) | packed[at] : packed.readUIntLE(at, kind === 2 ? 2 : 4);
    at += kind === 1 ? 1 : kind === 2 ? 2 : 4;
    for (let i = 0; i < size; i++, to++) text[to] = text[to - back]; // it may run into itself
  }
  return text;
}

function readVarint(bytes: Buffer, at: number): { value: number; end: number } {
  let [value, factor, end] = [0, 1, at];
  for (;;) {
    const byte = bytes[end++];
    value += (byte & 127) * factor;
    if (byte < 128) return { value, end };
    factor *= 128;
  }
}
