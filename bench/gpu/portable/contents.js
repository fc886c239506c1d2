/** What the archive of `npm run bench-gpu -- --dawn` holds, file by file. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPlan } from '../onnx-plan.js';
import { findGraph, inHalf, ROOT } from '../runtime.js';
import { measureSpread } from './weights.js';

/**
 * @typedef {{ to: string, from: string } | { to: string, text: string }} Packed  `to`: place in the archive; `from`: file
 * @typedef {import('../runtime.js').GraphValue} GraphValue
 * @typedef {{ title: string, models: string, model: string, component: string, folder: string, plan: string,
 *   inputs: GraphValue[], twinOf?: number }} ListedGraph  an entry of graphs.json; `folder`: of graph, plan and weights in
 *   the archive; `twinOf`: of a graph in float16, the place in the list of the float32 graph whose weights it reads
 */

/** Most bytes of an archive. */
export const MOST_BYTES = 60e6;

const HERE = dirname(fileURLToPath(import.meta.url));
const SCRIPTS = ['bench-dawn.js', 'dawn.js', 'halves.js', 'runtime.js', 'steps.js'];
const PORTABLE = ['choice.js', 'cpu.js', 'run.js', 'table.js', 'weights.js'];
const PYTHON = ['torch_graph.py', 'torch_plan.py'];
const RUNTIME = [
  'ort.webgpu.min.mjs',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
];
const COMPONENTS = ['unet', 'vaeDecoder'];

/** `node` of the archive needs a flag: without it a session takes 40 s to open on Dawn. */
const RUN_SH = `#!/bin/sh
# Times the graphs beside this file on this machine's GPU; --help says what can be asked for. No network is needed.
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/node" --liftoff-only "$here/bench/gpu/portable/run.js" "$@"
`;

/**
 * Lists it. Throws ENOENT where the package `webgpu` is not installed.
 *
 * @param {{ modules: string, models?: string[] }} from  `modules`: folder of the packages; `models`: folders with a
 *   model-manifest.json and what it names, this repository if none
 * @returns {Packed[]}
 */
export function contentsOf({ modules, models = [] }) {
  const scripts = [...SCRIPTS, ...[...PORTABLE, ...PYTHON].map((name) => `portable/${name}`)];
  const { files, listed } = graphsOf(models.length ? models.map((path) => resolve(path)) : [ROOT]);
  return [
    { to: 'run.sh', text: RUN_SH },
    { to: 'package.json', text: '{ "type": "module" }\n' },
    { to: 'node', from: process.execPath },
    ...scripts.map((name) => ({ to: `bench/gpu/${name}`, from: join(HERE, '..', name) })),
    ...['index.js', 'package.json', 'LICENSE.md', `dist/linux-${process.arch}`]
      .flatMap((name) => filesIn(join(modules, 'webgpu', name)))
      .map((from) => ({ to: `node_modules/${relative(modules, from)}`, from })),
    ...RUNTIME.map((name) => `onnxruntime-web/dist/${name}`).map((name) => ({
      to: `node_modules/${name}`,
      from: join(modules, name),
    })),
    ...files,
    { to: 'graphs.json', text: JSON.stringify(listed) },
  ];
}

/** A file, or all in a folder. @param {string} path @returns {string[]} */
function filesIn(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}

/**
 * Every UNet and decoder of pictures, each once: its graph, its plan, and a manifest of what is packed. Behind all of them
 * the list names their graphs in float16.
 *
 * @param {string[]} folders
 */
function graphsOf(folders) {
  /** @type {Map<string, Packed>} */
  const files = new Map();
  /** @type {ListedGraph[]} */
  const listed = [];
  /** @type {ListedGraph[]} */
  const halves = [];
  /** Adds a graph and its plan to a folder of the archive; the plan's place.
   * @param {import('../runtime.js').Graph} graph @param {string} folder */
  const pack = (graph, folder) => {
    const [shard] = graph.component.graph.shards;
    const to = join(folder, shard.path);
    const plan = `${to}.json`;
    files.set(to, { to, from: graph.place(shard) });
    files.set(plan, { to: plan, text: JSON.stringify(planOf(graph)) });
    return plan;
  };
  for (const [at, folder] of folders.entries()) {
    const models = `models-${at}`;
    const manifest = JSON.parse(readFileSync(join(folder, 'model-manifest.json'), 'utf8'));
    for (const model of manifest.models) {
      for (const component of COMPONENTS.filter((name) => isOfPictures(model.components?.[name]))) {
        // A shard is a whole file in the archive: weights are made anew there.
        model.components[component].weights = model.components[component].weights.map(
          (/** @type {{ name: string }} */ { name }) => ({ name, shards: [{ path: name }] }),
        );
        const place = `${models}/${model.baseUrl}`;
        const found = findGraph({ models: folder, model: model.id }, component);
        if (files.has(join(place, found.component.graph.shards[0].path))) continue;
        const title = `${model.id} ${component === 'unet' ? 'UNet' : 'decoder'}`;
        const inputs = Object.values(found.component.inputs);
        const entry = { models, model: model.id, component, folder: place, inputs };
        if (found.component.halfGraph) {
          const plan = pack(inHalf(found), place);
          halves.push({ title: `${title}, float16`, plan, ...entry, twinOf: listed.length });
        }
        listed.push({ title, plan: pack(found, place), ...entry });
      }
    }
    const to = `${models}/model-manifest.json`;
    files.set(to, { to, text: JSON.stringify(manifest) });
  }
  if (listed.length === 0) throw new Error(`No model with a UNet in ${folders.join(', ')}.`);
  return { files: [...files.values()], listed: [...listed, ...halves] };
}

/** Not of volumes, whose latents have one axis more. @param {any} component */
function isOfPictures(component) {
  return component?.inputs?.latents?.shape.length === 4;
}

/** @param {import('../runtime.js').Graph} graph */
function planOf({ component, read }) {
  const plan = readPlan(read(component.graph));
  const weights = new Map(component.weights.map((file) => [file.name, read(file)]));
  for (const [name, tensor] of Object.entries(plan.tensors)) {
    if (!tensor.file) continue;
    const file = weights.get(tensor.file);
    if (!file)
      throw new Error(`"${name}" lies in ${tensor.file}, which the manifest does not list.`);
    measureSpread(tensor, file);
  }
  return plan;
}
