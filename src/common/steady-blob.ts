const CHUNK_BYTES = 8 * 2 ** 20;
/** Chunks that are being read while others are taken: a reader that copies does not wait for the disk. */
const READ_AHEAD = 4;

/**
 * The same bytes as a Blob whose streams come to an end. Chromium 156 leaves a `blob.slice(…).stream()` over Blobs from
 * IndexedDB without its last answer now and then (once in a thousand, more often under load), which hangs a runtime
 * that reads hundreds of slices; `arrayBuffer()` of the same slices always comes back.
 */
export class SteadyBlob extends Blob {
  constructor(blob: Blob) {
    super([blob]); // by reference, no copy
  }

  override slice(start?: number, end?: number): SteadyBlob {
    return new SteadyBlob(super.slice(start, end));
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { size } = this;
    const read = (start: number) => super.slice(start, start + CHUNK_BYTES).arrayBuffer();
    const reading: Promise<ArrayBuffer>[] = [];
    let asked = 0;
    const readAhead = () => {
      for (; asked < size && reading.length < READ_AHEAD; asked += CHUNK_BYTES) {
        const chunk = read(asked);
        chunk.catch(() => undefined); // it is heard of when its turn comes
        reading.push(chunk);
      }
    };
    return new ReadableStream({
      async pull(controller) {
        readAhead();
        const chunk = reading.shift();
        readAhead();
        if (chunk) controller.enqueue(new Uint8Array(await chunk));
        if (reading.length === 0) controller.close();
      },
    });
  }
}
