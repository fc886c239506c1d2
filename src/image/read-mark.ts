import { isGzip } from './inflate';

/**
 * What a file says of itself: synthetic, or with parts of a source image (IPTC's composite terms, this app's words); null:
 * nothing. It is no proof: a mark can be forged, copied or stripped. Where two contradict each other the composite holds.
 */
export type Mark = 'synthetic' | 'composite' | null;

/** How far into a file its marks are looked for. */
const HEAD_BYTES = 8192;
/** The terms of IPTC's digital source type, and what Derivation Description and NIfTI's descrip say. In lower case. */
const COMPOSITE = [
  'compositewithtrainedalgorithmicmedia',
  'compositesynthetic',
  'parts of a source image',
];
const SYNTHETIC = ['trainedalgorithmicmedia', 'synthetic image, made by a generative model'];
/** Synthetic Data (0008,001C) CS, four bytes long, in explicit little-endian. */
const SYNTHETIC_DATA = '\x08\0\x1c\0CS\x04\0YES ';
/** Reads the first kilobytes only. Never throws: what cannot be read says nothing. */
export async function readMark(file: Blob): Promise<Mark> {
  const head = await file.slice(0, HEAD_BYTES).arrayBuffer();
  // NIfTI comes in gzip.
  if (isGzip(new Uint8Array(head))) return markOf(await unpackedStart(head));
  return markOf(new TextDecoder('latin1').decode(head));
}

/** The same of a file's first bytes as Latin-1 text. */
export function markOf(head: string): Mark {
  const text = head.toLowerCase();
  if (COMPOSITE.some((words) => text.includes(words))) return 'composite';
  const says = SYNTHETIC.some((words) => text.includes(words)) || head.includes(SYNTHETIC_DATA);
  return says ? 'synthetic' : null;
}

/** What the start of a gzip stream unpacks to, as far as its first piece goes. */
async function unpackedStart(head: ArrayBuffer): Promise<string> {
  const reader = new Blob([head]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    const { value } = await reader.read();
    return new TextDecoder('latin1').decode(value?.subarray(0, HEAD_BYTES));
  } catch {
    return '';
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
