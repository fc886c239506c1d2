import { unreadable } from '../decoded-image';

/** Gets a codec's WebAssembly; elsewhere than in a browser it may come from the disk. */
export type FetchBytes = (url: string) => Promise<ArrayBuffer>;

/** One decompressed frame; `bytes` are little-endian, 16-bit where `bitsPerSample` is above 8. */
export interface CodecFrame {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned: boolean;
  /** Plane after plane instead of pixel after pixel. */
  planar: boolean;
  bytes: Uint8Array<ArrayBuffer>;
}

export type CodecName = 'charls' | 'openjpeg' | 'openjph' | 'libjpeg-turbo';

/** What all four of the Cornerstone codecs have in common. */
interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  getFrameInfo(): Omit<CodecFrame, 'planar' | 'bytes'>;
  /** JPEG-LS: 0 is one scan for each component. */
  getInterleaveMode?(): number;
  delete(): void;
}

interface CodecSource {
  decoder: string;
  factory: () => Promise<CodecFactory>;
  wasmUrl: () => Promise<{ default: string }>;
}

type CodecFactory = (options: {
  wasmBinary: ArrayBuffer;
  print: () => void;
  printErr: () => void;
}) => Promise<Record<string, unknown>>;

/** Each loads when the first file needs it; a bundler must see whole import specifiers. */
const SOURCES: Record<CodecName, CodecSource> = {
  charls: {
    decoder: 'JpegLSDecoder',
    factory: async () => (await import('@cornerstonejs/codec-charls/decodewasmjs')).default,
    wasmUrl: () => import('@cornerstonejs/codec-charls/decodewasm?url'),
  },
  openjpeg: {
    decoder: 'J2KDecoder',
    factory: async () => (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default,
    wasmUrl: () => import('@cornerstonejs/codec-openjpeg/decodewasm?url'),
  },
  openjph: {
    decoder: 'HTJ2KDecoder',
    factory: async () => (await import('@cornerstonejs/codec-openjph/wasmjs')).default,
    wasmUrl: () => import('@cornerstonejs/codec-openjph/wasm?url'),
  },
  'libjpeg-turbo': {
    decoder: 'JPEGDecoder',
    factory: async () =>
      (await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')).default,
    wasmUrl: () => import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url'),
  },
};

/** Loads a decoder, or finds it loaded. */
export async function loadCodec(
  name: CodecName | 'jpeg-lossless',
  fetchBytes: FetchBytes = fetchOwn,
): Promise<void> {
  if (name === 'jpeg-lossless') await import('jpeg-lossless-decoder-js');
  else await moduleOf(name, fetchBytes);
}

function moduleOf(name: CodecName, fetchBytes: FetchBytes) {
  const module = loaded.get(name) ?? load(name, fetchBytes);
  loaded.set(name, module);
  return module;
}

const loaded = new Map<CodecName, Promise<Record<string, unknown>>>();

/** Decompresses one frame. Throws what the codec throws; after that it is loaded anew, for its memory may be in disorder. */
export async function decodeWithCodec(
  name: CodecName,
  encoded: Uint8Array,
  fetchBytes: FetchBytes = fetchOwn,
): Promise<CodecFrame> {
  try {
    const Decoder = (await moduleOf(name, fetchBytes))[
      SOURCES[name].decoder
    ] as new () => WasmDecoder;
    return run(new Decoder(), encoded);
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
}

function run(decoder: WasmDecoder, encoded: Uint8Array): CodecFrame {
  decoder.getEncodedBuffer(encoded.length).set(encoded);
  decoder.decode();
  const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
  const planar = componentCount > 1 && decoder.getInterleaveMode?.() === 0;
  const bytes = decoder.getDecodedBuffer().slice(); // the codec's memory is used again
  decoder.delete();
  return { width, height, bitsPerSample, componentCount, isSigned, planar, bytes };
}

async function load(name: CodecName, fetchBytes: FetchBytes) {
  const { factory, wasmUrl } = SOURCES[name];
  try {
    const [create, url] = await Promise.all([factory(), wasmUrl()]);
    const quiet = { print: () => undefined, printErr: () => undefined }; // they report every frame
    return await create({ wasmBinary: await fetchBytes(url.default), ...quiet });
  } catch (error) {
    throw unreadable(
      `The decoder that this file needs (${name}) could not be loaded.`,
      'Load it once while connected, or convert the file to an uncompressed one.',
      error,
    );
  }
}

async function fetchOwn(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (response.ok) return response.arrayBuffer();
  throw new Error(`expected ${url}, got status ${response.status}`);
}

/** JPEG Lossless (Huffman), 1.2.840.10008.1.2.4.57 and .70, in JavaScript: 8 to 16 bit. */
export async function decodeJpegLossless(
  encoded: Uint8Array<ArrayBuffer>,
  bitsPerSample: number,
): Promise<CodecFrame> {
  const { Decoder } = await import('jpeg-lossless-decoder-js');
  const decoder = new Decoder();
  const own = encoded.slice();
  const wide = bitsPerSample > 8;
  const samples = decoder.decode(own.buffer, 0, own.length, wide ? 2 : 1);
  return {
    width: decoder.xDim,
    height: decoder.yDim,
    bitsPerSample,
    componentCount: decoder.numComp,
    isSigned: false,
    planar: false,
    bytes: new Uint8Array(samples.buffer as ArrayBuffer, samples.byteOffset, samples.byteLength),
  };
}
