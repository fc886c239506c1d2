/** onnxruntime-web's WebGPU build in Node, and a model's graphs for it, opened as the app does it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder above bench/. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** As MAX_FOLDED_BYTES of src/models/runtime/session.ts. */
const MAX_FOLDED_BYTES = 256 * 2 ** 20;

/**
 * What of a manifest's component is needed here.
 *
 * @typedef {{ name: string, dtype: string, shape: (number | string)[] }} GraphValue
 * @typedef {{ name: string, shards: { path: string }[] }} ModelFile
 * @typedef {{ graph: ModelFile, halfGraph?: ModelFile, weights: ModelFile[], inputs: Record<string, GraphValue>, outputs: Record<string, GraphValue>, channelsFirst?: boolean }} Component
 * @typedef {{ id: string, component: Component, read: (file: ModelFile) => Uint8Array, place: (shard: { path: string }) => string }} Graph  `place`: where a shard lies
 */

/** Where packages lie if nobody says otherwise. */
export const MODULES = join(ROOT, 'node_modules');

/**
 * The runtime on one thread: more do not start in Node ("fetch failed"). For WebGPU `navigator.gpu` has to be there before.
 *
 * @param {string} modules  the folder of the package onnxruntime-web
 * @returns {Promise<any>}
 */
export async function startRuntime(modules) {
  const dist = pathToFileURL(join(modules, 'onnxruntime-web/dist') + '/').href;
  const runtime = await import(`${dist}ort.webgpu.min.mjs`);
  const name = `${dist}ort-wasm-simd-threaded.asyncify`;
  Object.assign(runtime.env.wasm, {
    wasmPaths: { mjs: `${name}.mjs`, wasm: `${name}.wasm` },
    numThreads: 1,
  });
  return runtime;
}

/**
 * One graph of a model: of the default one where `model` is absent, of this repository where `models` is.
 *
 * @param {{ models?: string, model?: string }} where  `models`: a folder with a model-manifest.json and what it names
 * @param {string} [name]  of the component
 * @returns {Graph}
 */
export function findGraph({ models, model }, name = 'unet') {
  const folder = models ? resolve(models) : ROOT;
  const manifest = JSON.parse(readFileSync(join(folder, 'model-manifest.json'), 'utf8'));
  const wanted = model ?? manifest.defaultModel;
  const entry = manifest.models.find((/** @type {{ id: string }} */ { id }) => id === wanted);
  if (!entry) throw new Error(`The manifest of ${folder} has no model "${wanted}".`);
  // Files lie beside the manifest, below public/, or at the manifest's baseUrl.
  const places = [folder, join(folder, entry.baseUrl), join(folder, 'public', entry.baseUrl)];
  const place = (/** @type {{ path: string }} */ { path }) => {
    const found = places.map((place) => join(place, path)).find(existsSync);
    if (!found) throw new Error(`${path} is in none of ${places.join(', ')}.`);
    return found;
  };
  const read = (/** @type {ModelFile} */ { shards }) =>
    new Uint8Array(Buffer.concat(shards.map((shard) => readFileSync(place(shard)))));
  return { id: entry.id, component: entry.components[name], read, place };
}

/**
 * The same on its graph in float16. Throws where the model has none.
 *
 * @param {Graph} graph
 * @returns {Graph}
 */
export function inHalf(graph) {
  const { id, component } = graph;
  if (!component.halfGraph) {
    throw new Error(`${id} has no graph in float16. Write one: training/export/half.py.`);
  }
  return { ...graph, component: { ...component, graph: component.halfGraph } };
}

/**
 * A session as src/models/runtime/session.ts opens it.
 *
 * @param {any} ort
 * @param {Graph} graph
 * @param {GPUDevice | null} device  null: on the CPU
 * @param {object} [more]  session options
 */
export function openSession(ort, { component, read }, device, more = {}) {
  const weights = component.weights.map((file) => ({ path: file.name, data: read(file) }));
  const folds = weights.reduce((sum, { data }) => sum + data.length, 0) <= MAX_FOLDED_BYTES;
  const layout = component.channelsFirst ? { preferredLayout: 'NCHW' } : {};
  return ort.InferenceSession.create(read(component.graph), {
    executionProviders: [device ? { name: 'webgpu', device, ...layout } : 'wasm'],
    externalData: weights,
    extra: { session: { disable_quant_qdq: folds ? '1' : '0' } },
    logSeverityLevel: 3,
    ...more,
  });
}

/**
 * A graph value's dimensions for a number of rows; other free dimensions are a prompt's 77 tokens.
 *
 * @param {GraphValue} value
 * @param {number} rows
 */
export function dimsOf({ shape }, rows) {
  return shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? rows : 77));
}
