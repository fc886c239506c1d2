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
for (const [index, { models, model, component: name }] of graphs.entries()) {
  try {
    const graph = findGraph({ models: join(options.root, models), model }, name);
    const session = await openSession(ort, graph, null);
    for (const rows of options.rows.split(',').map(Number)) {
      if (performance.now() > until) throw new Error('no time left on the CPU');
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
    }
    await session.release();
  } catch (error) {
    console.log(
      JSON.stringify({ graph: index, error: String(/** @type {any} */ (error).message) }),
    );
  }
}
process.exit(0);
