/**
 * The CPU's answers to what run.js asks the GPU, by the same runtime's wasm provider; run.js starts this.
 *
 *     node cpu.js --root FOLDER --work FOLDER --rows 1,2,4 [--seconds 30]
 *
 * Writes answer-GRAPH-ROWS.bin (float32) into --work, and prints a line of JSON for a graph that it cannot run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dimsOf, findGraph, MODULES, openSession, startRuntime } from '../runtime.js';
import { inputData, sizeOf, toFloats } from '../steps.js';
import { runsOf } from './choice.js';

const { values: options } = parseArgs({
  options: {
    root: { type: 'string', default: '.' },
    work: { type: 'string', default: '.' },
    rows: { type: 'string', default: '1,2,4' },
    seconds: { type: 'string', default: '30' },
  },
});
/** @type {import('./contents.js').ListedGraph[]} */
const graphs = JSON.parse(readFileSync(join(options.root, 'graphs.json'), 'utf8'));
const ort = await startRuntime(MODULES);
const until = performance.now() + 1000 * Number(options.seconds);
/** @typedef {import('../runtime.js').Graph} Graph */
/** What was opened, by its place in the list; null where that failed. @type {Map<number, { graph: Graph, session: any } | null>} */
const opened = new Map();
for (const { graph: index, rows } of runsOf(graphs, options.rows.split(',').map(Number))) {
  // A graph in float16 is compared with the answer of its float32 graph.
  if (graphs[index].twinOf !== undefined || opened.get(index) === null) continue;
  try {
    if (performance.now() > until) throw new Error('no time left on the CPU');
    const { graph, session } = opened.get(index) ?? (await open(index));
    const feeds = Object.fromEntries(
      Object.values(graph.component.inputs).map((value) => {
        const dims = dimsOf(value, rows);
        const data = inputData(value.dtype, sizeOf(dims));
        return [value.name, new ort.Tensor(value.dtype, data, dims)];
      }),
    );
    const [value] = Object.values(await session.run(feeds));
    writeFileSync(
      join(options.work, `answer-${index}-${rows}.bin`),
      toFloats(value.type, value.data),
    );
  } catch (error) {
    opened.set(index, null);
    console.log(
      JSON.stringify({ graph: index, error: String(/** @type {any} */ (error).message) }),
    );
  }
}
process.exit(0);

/** @param {number} index  in the list */
async function open(index) {
  const { models, model, component } = graphs[index];
  const graph = findGraph({ models: join(options.root, models), model }, component);
  const one = { graph, session: await openSession(ort, graph, null) };
  opened.set(index, one);
  return one;
}
