import { SHELL_PREFIX } from '../../common/shell-prefix';
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
 * Where the wasm module of a packed one can be compiled from while it is read. At its own address, where the service
 * worker answers with it unpacked: a browser remembers the code it compiled there, and a later visit starts with it. Else a
 * blob: URL, which takes no room in this thread.
 */
export async function unpackWasm(url: string): Promise<string> {
  const address = url.replace(/\.gz$/, '');
  if (await isAnswered(address)) return address;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`fetching of the wasm failed: ${response.status}`);
  const stream = await unpackGzip(response);
  return URL.createObjectURL(await new Response(stream, { headers: WASM }).blob());
}

/** Asked only where the app's service worker was installed: no server has a file of that name. */
async function isAnswered(address: string): Promise<boolean> {
  try {
    const names = await caches.keys();
    if (!names.some((name) => name.startsWith(SHELL_PREFIX))) return false;
    const response = await fetch(address);
    void response.body?.cancel();
    return response.ok && response.headers.get('Content-Type') === WASM['Content-Type'];
  } catch {
    return false; // without Cache Storage, or offline and not kept: what follows says what is wrong
  }
}
