/** What PS3.10 puts before a data set, where a file lacks some of it: old archives and tools leave parts of it out. */

const PREAMBLE = 128;
const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
/** Value representations, DICOM PS3.5 6.2. */
const VRS = new Set(
  (
    'AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US ' +
    'UT UV'
  ).split(' '),
);
/** VRs whose length takes four bytes, after two empty ones. PS3.5 7.1.2. */
const LONG_VRS = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));

/** Whether these are the bytes of a DICOM file, with preamble or without, or of a bare data set. */
export function isDicom(bytes: Uint8Array): boolean {
  if (textAt(bytes, PREAMBLE, 4) === 'DICM' || textAt(bytes, 0, 4) === 'DICM') return true;
  return [0, PREAMBLE].some((at) => beginsDataSet(bytes, at));
}

/**
 * The file with preamble, "DICM" and a transfer syntax: itself where it has them. What it does not say of its encoding is
 * read off its first element.
 */
export function withPreamble(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const start = dataStart(bytes);
  const meta = readMeta(bytes, start);
  if (meta.syntax && start === PREAMBLE + 4) return bytes;
  const syntax = meta.syntax ?? guessSyntax(bytes, meta.end);
  return joined([
    new Uint8Array(PREAMBLE),
    new TextEncoder().encode('DICM'),
    transferSyntaxElement(syntax),
    bytes.subarray(meta.end),
  ]);
}

/** Where the first element stands: behind the preamble and "DICM", behind one of them, or at once. */
function dataStart(bytes: Uint8Array): number {
  if (textAt(bytes, PREAMBLE, 4) === 'DICM') return PREAMBLE + 4;
  if (textAt(bytes, 0, 4) === 'DICM') return 4;
  return beginsDataSet(bytes, 0) ? 0 : PREAMBLE;
}

/** The transfer syntax that elements of group 2 name, always explicit and little-endian, and where they end. */
function readMeta(bytes: Uint8Array, start: number): { syntax: string | null; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let syntax: string | null = null;
  let at = start;
  while (at + 8 <= bytes.length && view.getUint16(at, true) === 2) {
    const isLong = LONG_VRS.has(textAt(bytes, at + 4, 2));
    if (isLong && at + 12 > bytes.length) break;
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const value = at + (isLong ? 12 : 8);
    if (value + length > bytes.length) break;
    if (view.getUint16(at + 2, true) === 0x10) {
      syntax = textAt(bytes, value, length).replace(/[\0 ]+$/, '') || null;
    }
    at = value + length;
  }
  return { syntax, end: at };
}

function guessSyntax(bytes: Uint8Array, at: number): string {
  if (!VRS.has(textAt(bytes, at + 4, 2))) return IMPLICIT;
  // Groups at the start of a data set are small: in the other byte order they are not.
  return bytes[at] === 0 && bytes[at + 1] !== 0 ? BIG_ENDIAN : EXPLICIT;
}

/** An element of group 2 or 8, the first of any data set with an image: with a VR, or a length that fits. */
function beginsDataSet(bytes: Uint8Array, at: number): boolean {
  if (at + 8 > bytes.length) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const little of [true, false]) {
    const [group, element] = [view.getUint16(at, little), view.getUint16(at + 2, little)];
    if ((group !== 2 && group !== 8) || element > 0x3000) continue;
    if (VRS.has(textAt(bytes, at + 4, 2))) return true;
    const length = view.getUint32(at + 4, little);
    // Without a VR there is little to go by: a value of a header, and the element after it further on.
    const next = at + 8 + length;
    if (!little || length > 1024 || length % 2 === 1 || next + 4 > bytes.length) continue;
    const [nextGroup, nextElement] = [view.getUint16(next, true), view.getUint16(next + 2, true)];
    if (nextGroup === group ? nextElement > element : nextGroup > group && nextGroup <= 0x28) {
      return true;
    }
  }
  return false;
}

/** (0002,0010), padded to an even length. */
function transferSyntaxElement(syntax: string): Uint8Array {
  const value = new TextEncoder().encode(syntax.length % 2 === 0 ? syntax : `${syntax}\0`);
  const head = Uint8Array.of(0x02, 0x00, 0x10, 0x00, 0x55, 0x49, value.length, 0);
  return joined([head, value]);
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + Math.min(length, 64)));
}
