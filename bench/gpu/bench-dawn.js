/**
 * Times UNet steps on this machine's GPU without a browser: onnxruntime-web's WebGPU provider in Node, on Dawn.
 *
 *     node --liftoff-only bench/gpu/bench-dawn.js [--models DIR] [--model ID] [--rows 1] [--steps 20] [--profile] [--json]
 *                                                 [--allow-software] [--modules DIR]
 *
 * --models: a folder with a model-manifest.json and the files it names (the shipped models). --modules: where the
 * packages `webgpu` and `onnxruntime-web` lie (node_modules); bench/gpu/pack-dawn.js makes a folder of them to carry to a
 * machine without a network. --profile: GPU time of each kind of kernel, by timestamp queries. Latents, conditions and
 * answer lie on the GPU; `replayed` is the same step from a recording (graph capture).
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDawn } from './dawn.js';
import { dimsOf, findUnet, MODULES, openSession, startRuntime } from './runtime.js';

const WARM_UP = 3;

const { values: options } = parseArgs({
  options: {
    models: { type: 'string' },
    model: { type: 'string' },
    modules: { type: 'string', default: MODULES },
    rows: { type: 'string', default: '1' },
    steps: { type: 'string', default: '20' },
    profile: { type: 'boolean', default: false },
    'allow-software': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

/** @typedef {{ kernel: string, count: number, ms: number, share: number }} Row */

const { device, adapter } = await openDawn(join(options.modules, 'webgpu'), {
  software: options['allow-software'],
});
if (options.profile && !adapter.features.includes('timestamp-query')) {
  throw new Error(`${adapter.description} has no timestamp queries: leave --profile out.`);
}
const kernelEvents = collectKernelEvents();
const ort = await startRuntime(options.modules);
const unet = findUnet(options);
const { id, component } = unet;
const rows = Number(options.rows);
const inputs = Object.values(component.inputs).map((value) => uploaded(value));
const [output] = Object.values(component.outputs);
const answer = emptyTensor(output.dtype, dimsOf(output, rows));
const feeds = Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor]));
const results = { [output.name]: answer };

const plain = await timeSteps({});
const replayed = await timeSteps({
  enableGraphCapture: true,
  preferredOutputLocation: 'gpu-buffer',
}).catch((error) => ({ error: String(error.message ?? error) }));
const kernels = options.profile ? await profile() : null;
report();
process.exit(0);

/**
 * Median milliseconds of a step that is waited for, and of one among many that are queued.
 *
 * @param {object} more  session options
 */
async function timeSteps(more) {
  const start = performance.now();
  const session = await openSession(ort, unet, device, more);
  const msOpen = performance.now() - start;
  const first = await timed(() => session.run(feeds, results));
  for (let i = 1; i < WARM_UP; i++) await session.run(feeds, results);
  const times = [];
  for (let i = 0; i < Number(options.steps); i++)
    times.push(await timed(() => session.run(feeds, results)));
  const queued = await timed(async () => {
    for (let i = 0; i < Number(options.steps); i++) await session.run(feeds, results);
  });
  await session.release();
  times.sort((a, b) => a - b);
  return {
    msOpen,
    msFirst: first,
    msStep: times[Math.floor(times.length / 2)],
    msQueued: queued / Number(options.steps),
  };
}

/** @param {() => Promise<unknown>} work  up to the GPU's last answer */
async function timed(work) {
  await device.queue.onSubmittedWorkDone();
  const start = performance.now();
  await work();
  await device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

/** GPU time by kind of kernel in one warm step, longest first. */
async function profile() {
  const session = await openSession(ort, unet, device, { enableProfiling: true });
  for (let i = 0; i < 2; i++) await session.run(feeds, results);
  session.endProfiling();
  await session.release();
  // Two runs were made; the second is the warm one.
  const warm = kernelEvents.slice(kernelEvents.length / 2);
  if (warm.length === 0) throw new Error('The profiler of the runtime told no kernel times.');
  const total = warm.reduce((sum, { dur }) => sum + dur, 0);
  /** @type {Map<string, Row>} */
  const table = new Map();
  for (const { name, dur } of warm) {
    const kernel = name.split('&').slice(1).join(' / ');
    const row = table.get(kernel) ?? { kernel, count: 0, ms: 0, share: 0 };
    const [ms, share] = [row.ms + dur / 1000, row.share + dur / total];
    table.set(kernel, { kernel, count: row.count + 1, ms, share });
  }
  return [...table.values()].sort((a, b) => b.ms - a.ms);
}

/**
 * The runtime's profiler prints JSON, a line for each kernel, by Node's `fs.writeSync`; those lines are kept instead.
 *
 * @returns {{ name: string, dur: number }[]} `name` is node&operator&program, `dur` microseconds on the GPU
 */
function collectKernelEvents() {
  /** @type {{ name: string, dur: number }[]} */
  const events = [];
  if (!options.profile) return events;
  const { writeSync } = fs;
  /** @type {any} */ (fs).writeSync = (/** @type {any[]} */ ...args) => {
    const line = args[0] === 1 && typeof args[1] === 'string' ? args[1].trim() : '';
    if (!/^[[{\]]/.test(line)) return /** @type {any} */ (writeSync)(...args);
    if (line.includes('"cat" : "Api"')) events.push(JSON.parse(line.replace(/,$/, '')));
    return args[1].length;
  };
  return events;
}

/**
 * @param {string} dataType
 * @param {number[]} dims
 */
function emptyTensor(dataType, dims) {
  const bytes = { float32: 4, int32: 4, float16: 2, int64: 8, int8: 1, uint8: 1 }[dataType] ?? 4;
  const size = Math.ceil((dims.reduce((product, size) => product * size, 1) * bytes) / 16) * 16;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  return ort.Tensor.fromGpuBuffer(device.createBuffer({ size, usage }), { dataType, dims });
}

/** Waves for floats, ones for whole numbers: time depends on shapes alone. @param {import('./runtime.js').GraphValue} value */
function uploaded(value) {
  const dims = dimsOf(value, rows);
  const length = dims.reduce((product, size) => product * size, 1);
  const tensor = emptyTensor(value.dtype, dims);
  const data =
    value.dtype === 'float32'
      ? Float32Array.from({ length }, (_, i) => Math.sin(i))
      : value.dtype === 'float16'
        ? new Uint16Array(length + (length % 2)).fill(0x3800) // ½
        : value.dtype === 'int64'
          ? new BigInt64Array(length).fill(1n)
          : value.dtype === 'int32'
            ? new Int32Array(length).fill(1)
            : new Uint8Array(Math.ceil(length / 4) * 4).fill(1);
  device.queue.writeBuffer(tensor.gpuBuffer, 0, data);
  return { name: value.name, tensor };
}

function report() {
  if (options.json) {
    return console.log(JSON.stringify({ model: id, rows, adapter, plain, replayed, kernels }));
  }
  console.log(
    `${id}, ${rows} row(s), on ${adapter.description}${adapter.software ? ' (software: says nothing about GPUs)' : ''}`,
  );
  const ms = (/** @type {number} */ x) => x.toFixed(2).padStart(10);
  console.log('milliseconds     session first step      step    queued');
  console.log(
    `plain         ${[plain.msOpen, plain.msFirst, plain.msStep, plain.msQueued].map(ms).join('')}`,
  );
  console.log(
    'error' in replayed
      ? `replayed      not possible: ${replayed.error}`
      : `replayed      ${[replayed.msOpen, replayed.msFirst, replayed.msStep, replayed.msQueued].map(ms).join('')}`,
  );
  if (!kernels) return;
  console.log('\nGPU time of a warm step\n        ms  share  count  operator / program');
  for (const { kernel, count, ms: time, share } of kernels) {
    console.log(
      `${ms(time)} ${(100 * share).toFixed(1).padStart(5)}% ${String(count).padStart(6)}  ${kernel}`,
    );
  }
}
