/**
 * Times every packed graph on this machine's GPU, beside PyTorch on the same graph, and checks both against the CPU.
 *
 *     ./run.sh [--steps 20] [--rows 1,2,4] [--seconds 60] [--seed 0] [--python python3] [--torch-device cuda]
 *              [--allow-software] [--json]
 *
 * Where the device has `shader-f16`, graphs in float16 are timed beside those in float32. --seconds: what the time limit cuts
 * off is said so in the table; the first of --rows comes first. --torch-device cpu and --allow-software only prove that this
 * runs.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openDawn } from '../dawn.js';
import { findGraph, inHalf, MODULES, ROOT, startRuntime } from '../runtime.js';
import { bindTensors, download, REPLAYED, timeSteps } from '../steps.js';
import { besideTwins, chooseGraphs, runsOf } from './choice.js';
import { offBy, tableOf } from './table.js';
import { writeWeights } from './weights.js';

const { values: options } = parseArgs({
  options: {
    steps: { type: 'string', default: '20' },
    rows: { type: 'string', default: '1,2,4' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '0' },
    python: { type: 'string', default: 'python3' },
    'torch-device': { type: 'string', default: 'cuda' },
    'allow-software': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(readFileSync(new URL(import.meta.url), 'utf8').split('*/')[0]);
  process.exit(0);
}
/** Of the time: what the CPU's answers may take, and of what they leave, what is kept for PyTorch. */
const [FOR_CPU, FOR_TORCH] = [0.4, 0.4];
const started = performance.now();
/** Seconds until the time limit. */
const left = () => Number(options.seconds) - (performance.now() - started) / 1000;
const steps = Number(options.steps);
const rows = options.rows.split(',').map(Number);
if (!(steps > 0) || !(left() > 0) || !rows.every((count) => count > 0)) {
  throw new Error('--steps, --seconds and each of --rows have to be numbers over 0.');
}
const { device, adapter } = await openDawn(join(MODULES, 'webgpu'), {
  software: options['allow-software'],
});
/** @type {import('./contents.js').ListedGraph[]} */
const listed = JSON.parse(readFileSync(join(ROOT, 'graphs.json'), 'utf8'));
const { graphs, leftOut } = chooseGraphs(listed, adapter.features);
const work = mkdtempSync(join(tmpdir(), 'bench-gpu-'));
try {
  for (const { plan, folder, twinOf } of graphs) {
    if (twinOf !== undefined) continue;
    writeWeights(
      JSON.parse(readFileSync(join(ROOT, plan), 'utf8')),
      join(ROOT, folder),
      Number(options.seed),
    );
  }
  const cpuErrors = await askCpu();
  const runs = runsOf(graphs, rows);
  const first = await measureGraphs(runs, cpuErrors, left() * FOR_TORCH);
  const torch = await askTorch();
  const rest = await measureGraphs(runs.slice(first.length), cpuErrors, 0);
  const late = runs.slice(first.length + rest.length).map(({ graph, rows }) => {
    return { title: graphs[graph].title, graph, rows, error: 'no time left' };
  });
  const measured = besideTwins([...first, ...rest, ...late], graphs);
  const seconds = (performance.now() - started) / 1000;
  const seed = Number(options.seed);
  const result = { adapter, steps, seed, seconds, leftOut, measured, torch };
  console.log(options.json ? JSON.stringify(result) : tableOf(result));
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(0);

/** Answers of the CPU, in a process of its own: this one runs wasm without its optimizing compiler. */
async function askCpu() {
  const script = join(ROOT, 'bench/gpu/portable/cpu.js');
  const args = ['--root', ROOT, '--work', work, '--rows', options.rows];
  const limit = left() * FOR_CPU;
  const { lines, error } = await linesOf(
    process.execPath,
    [script, ...args, '--seconds', String(limit)],
    limit,
  );
  const errors = new Map(lines.map(({ graph, error }) => [graph, error]));
  return (/** @type {number} */ graph) => errors.get(graph) ?? error ?? 'no time left on the CPU';
}

/**
 * Times as many runs as there is time for, in their order.
 *
 * @param {ReturnType<typeof runsOf>} runs
 * @param {(graph: number) => string} cpuError  why there is no answer of the CPU
 * @param {number} kept  seconds before the time limit at which no run is begun any more
 */
async function measureGraphs(runs, cpuError, kept) {
  const ort = await startRuntime(MODULES);
  /** @type {import('./table.js').Measured[]} */
  const measured = [];
  for (const run of runs) {
    if (left() <= kept) break;
    const { title, models, model, component, twinOf } = graphs[run.graph];
    try {
      const found = findGraph({ models: join(ROOT, models), model }, component);
      const graph = twinOf === undefined ? found : inHalf(found);
      const bound = bindTensors(ort, device, graph.component, run.rows);
      const plain = await timeSteps(ort, graph, device, bound, steps);
      const answered = twinOf ?? run.graph;
      const path = join(work, `answer-${answered}-${run.rows}.bin`);
      const off = existsSync(path)
        ? offBy(
            await download(device, bound.answer),
            new Float32Array(new Uint8Array(readFileSync(path)).buffer),
          )
        : { error: cpuError(answered) };
      // The runtime finds no answer of a recorded session in a buffer that it knows from another.
      const again = bindTensors(ort, device, graph.component, run.rows);
      const replayed = await timeSteps(ort, graph, device, again, steps, REPLAYED).catch(failed);
      measured.push({ title, ...run, plain, replayed, off });
    } catch (error) {
      measured.push({ title, ...run, ...failed(error) });
    }
  }
  return measured;
}

/** PyTorch's records, or why there are none. @returns {Promise<import('./table.js').TorchResult>} */
async function askTorch() {
  const asked = graphs.map(({ plan, folder, inputs, twinOf }, index) => ({
    answer: twinOf ?? index,
    plan: join(ROOT, plan),
    folder: join(ROOT, folder),
    inputs: inputs.map(({ name, dtype, shape }) => ({
      name,
      dtype,
      shape: shape.map((size, axis) =>
        typeof size === 'number' ? size : axis === 0 ? 'rows' : 77,
      ),
    })),
  }));
  writeFileSync(join(work, 'graphs.json'), JSON.stringify(asked));
  if (left() <= 0) return { missing: 'no time left', records: [] };
  const script = join(ROOT, 'bench/gpu/portable/torch_plan.py');
  const args = ['--work', work, '--steps', options.steps, '--device', options['torch-device']];
  const limits = ['--seconds', String(left()), '--rows', ...rows.map(String)];
  const { lines, error } = await linesOf(options.python, [script, ...args, ...limits], left());
  const [first = { missing: error ?? 'PyTorch printed nothing' }, ...records] = lines;
  return { ...first, records };
}

/**
 * Runs a program that prints lines of JSON, and ends it at the time limit.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {number} seconds
 * @returns {Promise<{ lines: any[], error: string | null }>} what was printed until then
 */
async function linesOf(program, args, seconds) {
  /** @type {any[]} */
  const lines = [];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => (complaint = (complaint + text).slice(-2000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line));
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), Math.max(1, seconds) * 1000);
  const error = await new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, signal) => {
      const last = complaint.trim().split('\n').at(-1) ?? '';
      resolve(signal ? 'no time left' : code === 0 ? null : last);
    });
  });
  clearTimeout(timer);
  return { lines, error };
}

/** @param {any} error */
function failed(error) {
  return { error: String(error?.message ?? error).split('\n')[0] };
}
