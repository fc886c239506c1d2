import { randomId } from '../../common/random-id';

/** One element of an explicit little-endian data set, or a sequence of items. DICOM PS3.5 7.1.2. */
export interface DicomElement {
  /** (group, element) as one number: 0x00100010 is (0010,0010). */
  tag: number;
  vr:
    | 'CS'
    | 'DA'
    | 'DS'
    | 'IS'
    | 'LO'
    | 'LT'
    | 'OB'
    | 'OW'
    | 'PN'
    | 'SH'
    | 'SQ'
    | 'ST'
    | 'TM'
    | 'UI'
    | 'UL'
    | 'US'
    | 'AS'
    | 'AT'
    | 'DT';
  value: string | number | number[] | Uint8Array<ArrayBuffer> | DicomElement[][];
}

/** VRs whose length takes four bytes. */
const LONG = new Set(['OB', 'OW', 'SQ']);
/** Longest values in characters; what is longer is cut. PS3.5 6.2. */
const LONGEST: Record<string, number> = { LO: 64, SH: 16, CS: 16, PN: 64, LT: 10_240, ST: 1024 };
const FILE_META_GROUP_LENGTH = 0x00020000;
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** Names this writer; drawn at random once. */
const IMPLEMENTATION_UID = '2.25.280471952186435094207351628390518270443';
const IMPLEMENTATION_NAME = 'PHANTOSCOPE';

/** A UID that nobody else has: a random UUID under 2.25. DICOM PS3.5 B.2. */
export function newUid(uuid: string = randomId()): string {
  return `2.25.${BigInt(`0x${uuid.replaceAll('-', '')}`)}`;
}

/** A DICOM file (PS3.10), explicit little-endian; elements may come in any order. */
export function encodeDicomFile(
  sopClassUid: string,
  sopInstanceUid: string,
  elements: DicomElement[],
): Uint8Array<ArrayBuffer> {
  const meta = encodeElements([
    { tag: 0x00020001, vr: 'OB', value: Uint8Array.of(0, 1) },
    { tag: 0x00020002, vr: 'UI', value: sopClassUid },
    { tag: 0x00020003, vr: 'UI', value: sopInstanceUid },
    { tag: 0x00020010, vr: 'UI', value: EXPLICIT_LITTLE_ENDIAN },
    { tag: 0x00020012, vr: 'UI', value: IMPLEMENTATION_UID },
    { tag: 0x00020013, vr: 'SH', value: IMPLEMENTATION_NAME },
  ]);
  const preamble = new Uint8Array(132);
  preamble.set(new TextEncoder().encode('DICM'), 128);
  const length = encodeElements([{ tag: FILE_META_GROUP_LENGTH, vr: 'UL', value: meta.length }]);
  return join([preamble, length, meta, encodeElements(elements)]);
}

function encodeElements(elements: DicomElement[]): Uint8Array<ArrayBuffer> {
  const sorted = elements.toSorted((one, other) => one.tag - other.tag);
  return join(sorted.map(encodeElement));
}

function encodeElement({ tag, vr, value }: DicomElement): Uint8Array<ArrayBuffer> {
  const content = encodeValue(vr, value);
  const long = LONG.has(vr);
  const head = new DataView(new ArrayBuffer(long ? 12 : 8));
  head.setUint16(0, tag >>> 16, true);
  head.setUint16(2, tag & 0xffff, true);
  head.setUint8(4, vr.charCodeAt(0));
  head.setUint8(5, vr.charCodeAt(1));
  if (long) head.setUint32(8, content.length, true);
  else head.setUint16(6, content.length, true);
  return join([new Uint8Array(head.buffer), content]);
}

function encodeValue(vr: string, value: DicomElement['value']): Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return toEven(value, 0);
  if (vr === 'SQ') return join((value as DicomElement[][]).map(encodeItem));
  // A tag is its group and its element, two words. PS3.5 6.2.
  if (vr === 'AT') return encodeValue('US', [(value as number) >>> 16, (value as number) & 0xffff]);
  if (vr === 'US' || vr === 'UL') {
    const numbers = [value].flat() as number[];
    const view = new DataView(new ArrayBuffer(numbers.length * (vr === 'US' ? 2 : 4)));
    for (const [i, n] of numbers.entries()) {
      if (vr === 'US') view.setUint16(i * 2, n, true);
      else view.setUint32(i * 4, n, true);
    }
    return new Uint8Array(view.buffer);
  }
  const text = new TextEncoder().encode(cleanText(vr, value as string));
  return toEven(text, vr === 'UI' ? 0 : 0x20);
}

/** Control characters mean something else in every VR; a backslash parts values where there may be several. */
function cleanText(vr: string, text: string): string {
  const keepsLines = vr === 'LT' || vr === 'ST';
  const allowed = [...text].filter((c) => c >= ' ' || (keepsLines && c === '\n')).join('');
  const single =
    vr === 'LO' || vr === 'SH' || vr === 'PN' ? allowed.replaceAll('\\', '/') : allowed;
  if (vr === 'CS')
    return single
      .split('\\')
      .map((one) => one.slice(0, LONGEST.CS))
      .join('\\');
  return [...single].slice(0, LONGEST[vr]).join('');
}

/** DS holds at most 16 characters. */
export function decimalString(x: number): string {
  for (let digits = 15; digits > 1; digits--) {
    const text = String(Number(x.toPrecision(digits)));
    if (text.length <= 16) return text;
  }
  return x.toExponential(8);
}

function encodeItem(elements: DicomElement[]): Uint8Array<ArrayBuffer> {
  const content = encodeElements(elements);
  const head = new DataView(new ArrayBuffer(8));
  head.setUint16(0, 0xfffe, true);
  head.setUint16(2, 0xe000, true);
  head.setUint32(4, content.length, true);
  return join([new Uint8Array(head.buffer), content]);
}

function toEven(bytes: Uint8Array<ArrayBuffer>, padding: number): Uint8Array<ArrayBuffer> {
  return bytes.length % 2 === 0 ? bytes : join([bytes, Uint8Array.of(padding)]);
}

function join(parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
