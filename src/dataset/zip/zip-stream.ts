import type { DatasetFile } from '../dataset-item';

export interface ZipStreamOptions {
  signal?: AbortSignal;
  /** After each file: how many are in the ZIP, and their bytes. */
  onFile?: (files: number, bytes: number) => void;
  /** Of every entry, so that the same files give the same ZIP. */
  createdAt: Date;
}

/** What does not get smaller. */
const PACKED = /\.(png|gz|jpg|webp)$/;

/** A file on the disk takes each write as a message to another process, of milliseconds; bytes. */
export const ZIP_PIECE = 2 ** 18;

/**
 * Writes files into a ZIP as they come: the next is asked for when the one before has been taken, so memory holds one file, one
 * piece that is on its way, and about 5 kB for each file that was written. Closes `target`; a failure or an abort aborts it
 * and is thrown.
 */
export async function writeZip(
  files: AsyncIterable<DatasetFile>,
  target: WritableStream<Uint8Array>,
  { signal, onFile, createdAt }: ZipStreamOptions,
): Promise<void> {
  const { BlobReader, ZipWriter } = await import('@zip.js/zip.js/lib/zip-core-native.js');
  const pieces = inPieces(target);
  const writer = new ZipWriter(pieces, {
    useWebWorkers: false, // they would come from blob: addresses, which the page's policy forbids
    bufferedWrite: true, // sizes and checksums before the bytes: readers that cannot go back need them there
    dataDescriptor: false,
    lastModDate: createdAt,
    signal,
  });
  let [count, bytes] = [0, 0];
  try {
    for await (const { path, blob } of files) {
      signal?.throwIfAborted();
      await writer.add(path, new BlobReader(blob), { level: PACKED.test(path) ? 0 : 6 });
      onFile?.(++count, (bytes += blob.size));
    }
    await writer.close();
  } catch (error) {
    await pieces.abort(error).catch(() => undefined); // it may be closed, or locked by what failed
    throw error;
  }
}

/** Gathers bytes until they are a piece, then passes it on. */
function inPieces(target: WritableStream<Uint8Array>): WritableStream<Uint8Array> {
  const writer = target.getWriter();
  let piece = new Uint8Array(ZIP_PIECE);
  let filled = 0;
  return new WritableStream({
    async write(chunk) {
      for (let at = 0; at < chunk.length;) {
        const part = chunk.subarray(at, at + ZIP_PIECE - filled);
        piece.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < ZIP_PIECE) continue;
        await writer.write(piece);
        piece = new Uint8Array(ZIP_PIECE); // the target may still hold the one before
        filled = 0;
      }
    },
    async close() {
      if (filled > 0) await writer.write(piece.subarray(0, filled));
      await writer.close();
    },
    abort: (reason) => writer.abort(reason),
  });
}
