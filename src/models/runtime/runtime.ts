import asyncifyMjsUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import asyncifyWasmGzUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?gzip';
import jspiMjsUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url';
import jspiWasmGzUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?gzip';

/** The files of one build of ONNX Runtime: its glue code, and its wasm module packed with gzip. */
export interface RuntimeFiles {
  mjsUrl: string;
  wasmGzUrl: string;
}

/** The builds that ship. A browser fetches, and the service worker keeps, only the one it uses. */
export const RUNTIME_BUILDS = {
  asyncify: { mjsUrl: asyncifyMjsUrl, wasmGzUrl: asyncifyWasmGzUrl },
  jspi: { mjsUrl: jspiMjsUrl, wasmGzUrl: jspiWasmGzUrl },
} satisfies Record<string, RuntimeFiles>;

/**
 * The build for this browser. The one for JSPI is smaller, faster, and the only one that reads weights out of Blobs
 * piece by piece; it needs WebAssembly to wait for promises.
 */
export function chooseBuild(): keyof typeof RUNTIME_BUILDS {
  return 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
}

const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Fetches a packed wasm module and resolves to a blob: URL of the unpacked one, which can be compiled while it is
 * read and takes no room in this thread. Hosts that declare the packing have had it undone by the browser already.
 */
export async function unpackWasm(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`fetching of the wasm failed: ${response.status}`);
  // Not as a Blob, whose stream may lack its end: see steady-blob.ts.
  const packed = new Uint8Array(await response.arrayBuffer());
  const body = new Response(packed).body!;
  const stream = GZIP_MAGIC.every((byte, i) => packed[i] === byte)
    ? body.pipeThrough(new DecompressionStream('gzip'))
    : body;
  const headers = { 'Content-Type': 'application/wasm' };
  return URL.createObjectURL(await new Response(stream, { headers }).blob());
}
