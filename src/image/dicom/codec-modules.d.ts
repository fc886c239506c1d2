/** The Cornerstone codecs are emscripten modules without types: a factory that takes the WebAssembly's bytes. */
declare module '@cornerstonejs/codec-*wasmjs' {
  const factory: (options: {
    wasmBinary: ArrayBuffer;
    print: () => void;
    printErr: () => void;
  }) => Promise<Record<string, unknown>>;
  export default factory;
}

declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    numComp: number;
    xDim: number;
    yDim: number;
    /** Samples as the lowest of the bytes asked for, interleaved. */
    decode(
      buffer: ArrayBuffer,
      offset: number,
      length: number,
      bytesPerSample: number,
    ): Uint8Array | Uint16Array;
  }
}
