import { ANSWERED_BY } from '../../common/answered-by';
import { unpackGzip } from '../../common/unpack-gzip';
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

const WASM = { 'Content-Type': 'application/wasm' };

/**
 * Where the wasm module of a build can be compiled from while it is read. At an address of its own, where the service worker
 * answers with it unpacked: a browser remembers the code it compiled there, and a later visit starts with it. Else a blob:
 * URL, which takes no room in this thread.
 */
export async function unpackWasm({ mjsUrl, wasmGzUrl }: RuntimeFiles): Promise<string> {
  if (await isAnswered(mjsUrl)) return wasmGzUrl.replace(/\.gz$/, '');
  const response = await fetch(wasmGzUrl);
  if (!response.ok) throw new Error(`fetching of the wasm failed: ${response.status}`);
  const stream = await unpackGzip(response);
  return URL.createObjectURL(await new Response(stream, { headers: WASM }).blob());
}

/** Whether the service worker answers this worker: not on a first visit, and not after a forced reload. */
async function isAnswered(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.arrayBuffer(); // a request that is given up counts as failed
  return response.ok && response.headers.has(ANSWERED_BY);
}
