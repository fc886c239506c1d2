const MAGIC = [0x1f, 0x8b];

/** What an answer holds, unpacked. Hosts that declare the packing have had it undone by the browser already. */
export async function unpackGzip(response: Response): Promise<ReadableStream<Uint8Array>> {
  // Not as a Blob, whose stream may lack its end: see steady-blob.ts.
  const packed = new Uint8Array(await response.arrayBuffer());
  const body = new Response(packed).body!;
  return MAGIC.every((byte, i) => packed[i] === byte)
    ? body.pipeThrough(new DecompressionStream('gzip'))
    : body;
}
