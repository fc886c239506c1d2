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
  const reader = new Response(bytes).body!.pipeThrough(new DecompressionStream(format)).getReader();
  const head = new Uint8Array(count);
  let length = 0;
  while (length < count) {
    const { done, value } = await reader
      .read()
      .catch(() => ({ done: true as const, value: undefined }));
    if (done) break;
    head.set(value.subarray(0, count - length), length);
    length = Math.min(count, length + value.length);
  }
  await reader.cancel().catch(() => undefined);
  return head.slice(0, length);
}

/**
 * Unpacks at most `maxBytes` and refuses what would be more: a few kilobytes can stand for terabytes. `format` is what
 * DecompressionStream calls it, `what` begins the sentence of a refusal.
 */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
  maxBytes: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Not as a Blob, whose stream may lack its end: see models/steady-blob.ts.
  const body = new Response(bytes).body!;
  const reader = body.pipeThrough(new DecompressionStream(format)).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw unreadable(
        `${what} is compressed and cannot be unpacked: it is damaged or cut off.`,
        undefined,
        error,
      );
    });
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw unreadable(
        `${what} unpacks to more than ${maxBytes} bytes, which is more than it may hold.`,
      );
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
