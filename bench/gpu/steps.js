/** Steps of one graph on a WebGPU device, timed: inputs and answer lie on the GPU. */
import { fromHalf } from './halves.js';
import { dimsOf, openSession } from './runtime.js';

const WARM_UP = 3;

/**
 * @typedef {{ feeds: Record<string, any>, results: Record<string, any>, answer: any }} Bound  tensors on the GPU by name
 * @typedef {{ msOpen: number, msFirst: number, msStep: number, msQueued: number }} Times
 */

/**
 * What a graph is fed, the same in each run: waves for floats, ones for whole numbers. Time depends on shapes alone.
 *
 * @param {string} dtype
 * @param {number} length  numbers
 */
export function inputData(dtype, length) {
  if (dtype === 'float32') return Float32Array.from({ length }, (_, i) => Math.sin(i));
  if (dtype === 'float16') return new Uint16Array(length).fill(0x3800); // ½
  if (dtype === 'int64') return new BigInt64Array(length).fill(1n);
  if (dtype === 'int32') return new Int32Array(length).fill(1);
  return new Uint8Array(length).fill(1);
}

/** @param {number[]} dims */
export function sizeOf(dims) {
  return dims.reduce((product, size) => product * size, 1);
}

/**
 * The inputs of a graph's component for a number of rows, and a place for its first output.
 *
 * @param {any} ort
 * @param {GPUDevice} device
 * @param {import('./runtime.js').Component} component
 * @param {number} rows
 * @returns {Bound}
 */
export function bindTensors(ort, device, component, rows) {
  /** @type {Record<string, any>} */
  const feeds = {};
  for (const value of Object.values(component.inputs)) {
    const dims = dimsOf(value, rows);
    const data = inputData(value.dtype, sizeOf(dims));
    // A write is of whole words.
    const bytes = new Uint8Array(Math.ceil(data.byteLength / 4) * 4);
    bytes.set(new Uint8Array(data.buffer));
    feeds[value.name] = emptyTensor(ort, device, value.dtype, dims);
    device.queue.writeBuffer(feeds[value.name].gpuBuffer, 0, bytes);
  }
  const [output] = Object.values(component.outputs);
  const answer = emptyTensor(ort, device, output.dtype, dimsOf(output, rows));
  return { feeds, results: { [output.name]: answer }, answer };
}

/**
 * @param {any} ort
 * @param {GPUDevice} device
 * @param {string} dataType
 * @param {number[]} dims
 */
function emptyTensor(ort, device, dataType, dims) {
  const bytes = { float32: 4, int32: 4, float16: 2, int64: 8, int8: 1, uint8: 1 }[dataType] ?? 4;
  const size = Math.ceil((sizeOf(dims) * bytes) / 16) * 16;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  return ort.Tensor.fromGpuBuffer(device.createBuffer({ size, usage }), { dataType, dims });
}

/**
 * Median milliseconds of a step that is waited for, and of one among many that are queued.
 *
 * @param {any} ort
 * @param {import('./runtime.js').Graph} graph
 * @param {GPUDevice} device
 * @param {Bound} bound
 * @param {number} steps
 * @param {object} [more]  session options
 * @returns {Promise<Times>}
 */
export async function timeSteps(ort, graph, device, { feeds, results }, steps, more = {}) {
  const timed = async (/** @type {() => Promise<unknown>} */ work) => {
    await device.queue.onSubmittedWorkDone();
    const start = performance.now();
    await work();
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  const start = performance.now();
  const session = await openSession(ort, graph, device, more);
  const msOpen = performance.now() - start;
  try {
    const msFirst = await timed(() => session.run(feeds, results));
    for (let i = 1; i < WARM_UP; i++) await session.run(feeds, results);
    const times = [];
    for (let i = 0; i < steps; i++) times.push(await timed(() => session.run(feeds, results)));
    const queued = await timed(async () => {
      for (let i = 0; i < steps; i++) await session.run(feeds, results);
    });
    times.sort((a, b) => a - b);
    const msStep = times[Math.floor(times.length / 2)];
    return { msOpen, msFirst, msStep, msQueued: queued / steps };
  } finally {
    await session.release();
  }
}

/** Session options of a step that is recorded once and replayed (graph capture). */
export const REPLAYED = { enableGraphCapture: true, preferredOutputLocation: 'gpu-buffer' };

/**
 * What the last step answered.
 *
 * @param {GPUDevice} device
 * @param {any} tensor  on the GPU
 */
export async function download(device, { gpuBuffer, dims, type }) {
  const { size } = gpuBuffer;
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const staging = device.createBuffer({ size, usage });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(gpuBuffer, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const bytes = staging.getMappedRange().slice(0);
  staging.destroy();
  const numbers = type === 'float16' ? new Uint16Array(bytes) : new Float32Array(bytes);
  return toFloats(type, numbers.subarray(0, sizeOf(dims)));
}

/**
 * A graph's answer as float32.
 *
 * @param {string} dtype
 * @param {Float32Array | Uint16Array} numbers  halves as 16 bits
 */
export function toFloats(dtype, numbers) {
  if (dtype === 'float32') return /** @type {Float32Array} */ (numbers);
  if (dtype === 'float16') return Float32Array.from(numbers, fromHalf);
  throw new Error(`An answer of type ${dtype} is not compared (known: float32, float16).`);
}
