import { unreadable } from './decoded-image';

/** Whether a file begins with gzip's magic number. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first bytes of what is packed, `count` of them or as many as there are; damage further on goes unnoticed. */
export async function inflateHead(
  bytes: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
  count: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  await unpack(bytes, format, parts, count).catch(() => undefined);
  if (sizeOf(parts) >= count || format !== 'gzip') return joined(parts).slice(0, count);
  // A browser drops what it has unpacked of a short first member when another follows.
  const ofMembers = await unpackMembers(bytes, count).catch(() => parts);
  return joined(sizeOf(ofMembers) > sizeOf(parts) ? ofMembers : parts).slice(0, count);
}

/**
 * Unpacks at most `maxBytes` and refuses what would be more: a few kilobytes can stand for terabytes. `format` is what
 * DecompressionStream calls it, `what` begins the sentence of a refusal. Of gzip several members may follow each other,
 * and zeros at the end.
 */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
  maxBytes: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  let parts: Uint8Array[] = [];
  try {
    await unpack(bytes, format, parts, maxBytes).catch(async (error: unknown) => {
      if (format !== 'gzip') throw error;
      parts = await unpackMembers(bytes, maxBytes);
    });
  } catch (error) {
    throw unreadable(
      `${what} is compressed and cannot be unpacked: it is damaged or cut off.`,
      undefined,
      error,
    );
  }
  if (sizeOf(parts) > maxBytes) {
    throw unreadable(
      `${what} unpacks to more than ${maxBytes} bytes, which is more than it may hold.`,
    );
  }
  return joined(parts);
}

/**
 * Packed bytes that go into the unpacker at a time. A browser unpacks what it is given before anybody can say stop, and
 * deflate packs up to 1032 : 1, so this decides how much memory a file made to flood can take.
 */
const PIECE_BYTES = 2 ** 14;

/** Adds what comes out to `parts`, until there are more than `most` bytes of it. Rejects where the bytes make no sense. */
async function unpack(
  bytes: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
  parts: Uint8Array[],
  most: number,
) {
  const stream = new DecompressionStream(format);
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const feed = async () => {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      await writer.write(bytes.subarray(at, at + PIECE_BYTES));
    }
    await writer.close();
  };
  const feeding = feed();
  feeding.catch(() => undefined); // the reader hears of it, or whoever waits below
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    // Chromium ends quietly where a first member does, and takes no more.
    if (done) return void (await feeding);
    parts.push(value);
    length += value.length;
    if (length <= most) continue;
    await reader.cancel().catch(() => undefined);
    return;
  }
}

/** So often a member may seem to end where it does not. */
const MAX_MISTAKES = 64;

/**
 * The members of a gzip file one by one, as bgzip writes them: browsers take one, and nothing behind it. Where one ends
 * nobody says, but another begins there, or zeros; and its checksum shows that it was the end.
 */
export async function unpackMembers(
  bytes: Uint8Array<ArrayBuffer>,
  most: number,
): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let [start, length, mistakes] = [0, 0, 0];
  while (start < bytes.length && !isZeroFrom(bytes, start) && length <= most) {
    const before = start;
    for (const end of memberEnds(bytes, start)) {
      const own: Uint8Array[] = [];
      try {
        await unpack(bytes.subarray(start, end), 'gzip', own, most - length);
      } catch (error) {
        if (++mistakes > MAX_MISTAKES) throw error;
        continue;
      }
      for (const part of own) parts.push(part);
      length += sizeOf(own);
      start = end;
      break;
    }
    if (start === before) throw new TypeError('no end of a gzip member was found');
  }
  return parts;
}

/** Where the member that begins at `start` may end: before the next magic number, at the end, or before zeros there. */
function* memberEnds(bytes: Uint8Array, start: number): Generator<number> {
  for (let at = start + 18; at + 10 <= bytes.length; at++) {
    if (bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8 && bytes[at + 3] < 32) {
      yield at;
    }
  }
  yield bytes.length;
  let zeros = bytes.length;
  while (zeros > start && bytes[zeros - 1] === 0) zeros--;
  // The size at a member's very end has zeros of its own.
  for (let own = 0; own <= 8 && zeros + own < bytes.length; own++) yield zeros + own;
}

function isZeroFrom(bytes: Uint8Array, start: number): boolean {
  for (let at = start; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}

function sizeOf(parts: Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(sizeOf(parts));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
