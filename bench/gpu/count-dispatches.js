/**
 * Counts the dispatches of one UNet step on WebGPU by kernel, without a GPU: the runtime draws on a device that does
 * nothing. What a step costs on a real GPU is mostly their number.
 *
 *     node --liftoff-only bench/gpu/count-dispatches.js [--models DIR] [--model ID] [--rows 1] [--features subgroups] [--half] [--json]
 *
 * `--half` takes the graph in float16, on a device that has `shader-f16`.
 */
import { parseArgs } from 'node:util';
import { openNullDevice } from './null-device.js';
import { dimsOf, findGraph, inHalf, MODULES, openSession, startRuntime } from './runtime.js';

const { values: options } = parseArgs({
  options: {
    models: { type: 'string' },
    model: { type: 'string' },
    modules: { type: 'string', default: MODULES },
    rows: { type: 'string', default: '1' },
    features: { type: 'string', multiple: true, default: [] },
    half: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const unet = options.half ? inHalf(findGraph(options)) : findGraph(options);
if (options.half) options.features.push('shader-f16');
const { device, dispatched } = openNullDevice(options.features);
const ort = await startRuntime(options.modules);
const session = await openSession(ort, unet, device);
const feeds = Object.fromEntries(
  Object.values(unet.component.inputs).map((value) => [value.name, zeros(value)]),
);
await session.run(feeds); // the first one prepares weights too
dispatched.length = 0;
await session.run(feeds);

/** @type {Map<string, number>} */
const counts = new Map();
for (const kernel of dispatched) counts.set(kernel, (counts.get(kernel) ?? 0) + 1);
const kernels = [...counts].sort(([, a], [, b]) => b - a);
if (options.json) {
  const total = dispatched.length;
  console.log(JSON.stringify({ model: unet.id, total, kernels: Object.fromEntries(kernels) }));
} else {
  console.log(`${unet.id}, ${options.rows} row(s): ${dispatched.length} dispatches a step`);
  for (const [kernel, count] of kernels) console.log(`${String(count).padStart(6)}  ${kernel}`);
}
process.exit(0);

/** @param {import('./runtime.js').GraphValue} value */
function zeros(value) {
  const dims = dimsOf(value, Number(options.rows));
  const length = dims.reduce((product, size) => product * size, 1);
  const data = value.dtype === 'int64' ? new BigInt64Array(length) : new Float32Array(length);
  return new ort.Tensor(value.dtype, data, dims);
}
