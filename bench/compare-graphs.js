/**
 * Times graphs against the first one on wasm, in turn, so that whatever else the machine does meets both alike.
 *
 *     node bench/compare-graphs.js OLD.onnx NEW.onnx … [--threads 2] [--runs 10] [--keep-int8]
 *
 * Weight files lie beside their graph. Free dimensions are one row. --keep-int8: leave DequantizeLinear of weights
 * unfolded in the first graph too; in a graph with QuantizeLinear they always stay, for its arithmetic is int8.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from './visits.js';

const { values: options, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '10' },
    'keep-int8': { type: 'boolean', default: false },
  },
});
if (paths.length < 2) {
  console.error('Name two graphs or more: node bench/compare-graphs.js OLD.onnx NEW.onnx');
  process.exit(1);
}
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = pathToFileURL(join(ROOT, 'node_modules/onnxruntime-web/dist') + '/').href;
/** @type {typeof import('onnxruntime-web')} */
const ort = await import(`${dist}ort.node.min.mjs`);
ort.env.wasm.numThreads = Number(options.threads);

const [first, ...others] = paths;
const base = await open(first);
for (const path of others) {
  const session = await open(path);
  const [{ answer: expected }, { answer }] = [await run(base), await run(session)];
  const off = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - answer[i])), 0);
  /** @type {number[][]} */
  const [before, after, ratios] = [[], [], []];
  for (let i = 0; i < Number(options.runs); i++) {
    const [{ ms: old }, { ms }] = [await run(base), await run(session)];
    before.push(old);
    after.push(ms);
    ratios.push(ms / old);
  }
  const [old, ms, ratio] = [before, after, ratios].map(median);
  console.log(
    `${path}: ${ms.toFixed(1)} ms, before ${old.toFixed(1)} ms, ratio ${ratio.toFixed(3)}; ` +
      `numbers off by ${off.toExponential(1)}`,
  );
  await session.release();
}
process.exit(0);

/** @param {string} path */
async function open(path) {
  const graph = readFileSync(path);
  const beside = readdirSync(dirname(resolve(path))).filter(
    (name) => name.endsWith('.bin') && graph.includes(name),
  );
  const folds = !options['keep-int8'] && !graph.includes('QuantizeLinear_Output');
  return ort.InferenceSession.create(new Uint8Array(graph), {
    executionProviders: ['wasm'],
    externalData: beside.map((name) => ({
      path: name,
      data: new Uint8Array(readFileSync(join(dirname(resolve(path)), name))),
    })),
    extra: { session: { disable_quant_qdq: folds ? '1' : '0' } },
    logSeverityLevel: 3,
  });
}

/** @param {import('onnxruntime-web').InferenceSession} session */
async function run(session) {
  const feeds = Object.fromEntries(session.inputMetadata.map((input) => [input.name, feed(input)]));
  const start = performance.now();
  const results = await session.run(feeds);
  const ms = performance.now() - start;
  return { ms, answer: /** @type {Float32Array} */ (Object.values(results)[0].data) };
}

/** @param {import('onnxruntime-web').InferenceSession.ValueMetadata} input */
function feed(input) {
  if (!input.isTensor) throw new Error(`${input.name} is no tensor.`);
  const dims = input.shape.map((size) => (typeof size === 'number' ? size : 1));
  const length = dims.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length }, (_, i) =>
    input.name === 'timestep' ? 500 : input.name.endsWith('_present') ? 1 : Math.sin(i),
  );
  return new ort.Tensor('float32', data, dims);
}
