import type { DatasetFile } from './dataset-item';

export interface ZipStreamOptions {
  signal?: AbortSignal;
  /** After each file: how many are in the ZIP, and their bytes. */
  onFile?: (files: number, bytes: number) => void;
  /** Of every entry, so that the same files give the same ZIP. */
  createdAt: Date;
}

/** What does not get smaller. */
const PACKED = /\.(png|gz|jpg|webp)$/;

/**
 * Writes files into a ZIP as they come: the next is asked for when the one before has been taken by `target`, so memory holds
 * one file, and about 5 kB for each that was written. Closes `target`; a failure or an abort aborts it and is thrown.
 */
export async function writeZip(
  files: AsyncIterable<DatasetFile>,
  target: WritableStream<Uint8Array>,
  { signal, onFile, createdAt }: ZipStreamOptions,
): Promise<void> {
  const { BlobReader, ZipWriter } = await import('@zip.js/zip.js/lib/zip-core-native.js');
  const writer = new ZipWriter(target, {
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
    await target.abort(error).catch(() => undefined); // it may be closed, or locked by what failed
    throw error;
  }
}
