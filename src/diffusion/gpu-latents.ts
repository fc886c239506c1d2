import type { GpuDevice } from '../models/runtime/gpu-device';
import {
  createGpuTensor,
  readGpuBuffer,
  uploadTensor,
  writeGpuBuffer,
} from '../models/runtime/gpu-tensor';
import type { DiffusionEntry } from '../models/manifest/manifest';
import type { GpuTensor } from '../models/runtime/session-types';
import type { LatentKernels } from './latent-kernels';
import {
  latentDims,
  MAX_HISTORY,
  type Guidance,
  type KnownLatents,
  type LatentState,
} from './latents';
import type { Coefficients, StepCoefficients } from './schedulers/scheduler';

/** The device of a model, and the kernels compiled for it. */
export interface GpuMath {
  gpu: GpuDevice;
  kernels: LatentKernels;
}

/** Latents in buffers of the GPU: each step is one kernel, and nothing is read back but a preview now and then. */
export function createGpuLatents(
  { gpu, kernels }: GpuMath,
  entry: DiffusionEntry,
  initial: Float32Array,
): LatentState {
  const { device } = gpu;
  const dims = latentDims(entry);
  const float32 = () => createGpuTensor(device, 'float32', dims);
  const owned: GPUBuffer[] = [];
  const own = (tensor: GpuTensor) => (owned.push(tensor.buffer), tensor);

  let current = own(uploadTensor(device, { dtype: 'float32', dims, data: initial }));
  let other = own(float32());
  let history: GpuTensor[] = [];
  let spare: GpuTensor[] = [];
  let fresh: GpuTensor | null = null; // standard normals of a step
  let kept: GPUBuffer[] | null = null; // what inpainting protects
  const fence = createFence(device);

  /** Queues one combination of latents, guided noisePred, history and noise. */
  function combine(
    into: GpuTensor,
    noisePred: GpuTensor,
    coefficients: Coefficients & Partial<StepCoefficients>,
    { scale, rescale }: Guidance,
  ) {
    const { latents, noisePred: b, history: c = [], noise = 0 } = coefficients;
    const half = noisePred.dtype === 'float16';
    const rows = noisePred.dims[0];
    const count = initial.length;
    const uniforms = kernels.uniforms([
      ...[{ u32: count }, { u32: rows }, { f32: scale }, { f32: latents }],
      ...[0, 1, 2, 3].map((k) => ({ f32: c[k] ?? 0 })),
      ...[{ f32: b }, { f32: noise }, { f32: 1 }],
    ]);
    if (rows === 2 && rescale > 0) {
      const own = kernels.uniforms([{ u32: count }, { f32: scale }, { f32: rescale }]);
      kernels.run('rescale', half, 64, own, [noisePred.buffer, uniforms]);
      own.destroy();
    }
    // A buffer that no coefficient asks for stands in where there is no history and no noise.
    const before = [0, 1, 2].map((k) => (history[k] ?? current).buffer);
    const z = (fresh ?? current).buffer;
    const buffers = [current.buffer, noisePred.buffer, into.buffer, z, ...before];
    kernels.run('combine', half, count, uniforms, buffers);
    uniforms.destroy();
  }

  return {
    get current() {
      return current;
    },
    advance(noisePred, { next, keep }, guidance, noise) {
      if (noise) writeGpuBuffer(device, (fresh ??= own(float32())).buffer, noise);
      const newest = keep && (spare.pop() ?? own(float32()));
      if (keep) combine(newest!, noisePred as GpuTensor, keep, guidance);
      combine(other, noisePred as GpuTensor, next, guidance);
      [current, other] = [other, current];
      if (newest) history = [newest, ...history];
      spare = [...spare, ...history.splice(MAX_HISTORY)];
      fence.mark();
    },
    preview(noisePred, { predOriginal }, guidance, onPreview) {
      const clean = float32();
      combine(clean, noisePred as GpuTensor, predOriginal, guidance);
      const picture = project(device, kernels, entry, clean);
      clean.buffer.destroy();
      const { width, height, rgba } = picture;
      void readGpuBuffer(gpu, rgba, width * height * 4).then(
        (bytes) => onPreview({ width, height, rgba: new Uint8ClampedArray(bytes) }),
        () => undefined, // a lost device is told of by the step
      );
      rgba.destroy(); // what is queued still reads it
    },
    keepKnown(known, { clean, noise }) {
      kept ??= uploadKnown(device, known)
        .map(own)
        .map(({ buffer }) => buffer);
      const [count, plane] = [initial.length, known.changes.length];
      const words = [{ u32: count }, { u32: plane }, { f32: clean }, { f32: noise }];
      const uniforms = kernels.uniforms(words);
      kernels.run('blend', false, count, uniforms, [current.buffer, ...kept, other.buffer]);
      uniforms.destroy();
      [current, other] = [other, current];
    },
    settle: fence.settle,
    release: () => owned.forEach((buffer) => buffer.destroy()),
  };
}

function uploadKnown(device: GPUDevice, { encoded, noise, changes }: KnownLatents): GpuTensor[] {
  return [encoded, noise, changes].map((data) =>
    uploadTensor(device, { dtype: 'float32', dims: [data.length], data }),
  );
}

/** The manifest's linear projection of clean latents, as a buffer of rgba bytes. */
function project(
  device: GPUDevice,
  kernels: LatentKernels,
  entry: DiffusionEntry,
  clean: GpuTensor,
): { width: number; height: number; rgba: GPUBuffer } {
  const { patch, weights } = entry.preview;
  const [, channels, rows, columns] = latentDims(entry);
  const [width, height] = [columns * patch, rows * patch];
  const data = Float32Array.from(weights.flat());
  const matrix = uploadTensor(device, { dtype: 'float32', dims: [data.length], data });
  const rgba = createGpuTensor(device, 'int32', [width * height]).buffer;
  const words = [channels, rows, columns, patch].map((u32) => ({ u32 }));
  const uniforms = kernels.uniforms(words);
  const buffers = [clean.buffer, matrix.buffer, rgba];
  kernels.run('project', false, width * height, uniforms, buffers);
  uniforms.destroy();
  matrix.buffer.destroy();
  return { width, height, rgba };
}

/** Lets the queue run one step ahead of the loop, and no further. */
function createFence(device: GPUDevice) {
  let [before, last] = [Promise.resolve(), Promise.resolve()];
  return {
    mark() {
      before = last;
      last = device.queue.onSubmittedWorkDone().catch(() => undefined);
    },
    settle: (all?: 'all') => (all ? last : before),
  };
}
