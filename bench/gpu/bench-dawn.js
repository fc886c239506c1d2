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
import { findGraph, MODULES, openSession, startRuntime } from './runtime.js';
import { bindTensors, REPLAYED, timeSteps } from './steps.js';

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
const unet = findGraph(options);
const { id, component } = unet;
const rows = Number(options.rows);
const bound = bindTensors(ort, device, component, rows);
const { feeds, results } = bound;
const steps = Number(options.steps);

const plain = await timeSteps(ort, unet, device, bound, steps);
const replayed = await timeSteps(ort, unet, device, bound, steps, REPLAYED).catch((error) => ({
  error: String(error.message ?? error),
}));
const kernels = options.profile ? await profile() : null;
report();
process.exit(0);

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
