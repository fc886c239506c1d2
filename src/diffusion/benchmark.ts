import type { StageTimes } from '../contract/benchmark';
import type { GenerationRequest } from '../contract/request';
import {
  createGpuTensor,
  readGpuBuffer,
  tensorBytes,
  uploadTensor,
} from '../models/runtime/gpu-tensor';
import type { Feed, GpuTensor } from '../models/runtime/session-types';
import { createCpuLatents, latentDims, type Latents } from './latents';
import type { RecordedRun } from './lazy-session';
import type { DiffusionModel } from './model';
import { generate } from './pipeline';
import { toFloat32 } from './tensors';

/** What a benchmark of one loaded model finds. */
export interface Measurement {
  cold: StageTimes;
  warm: StageTimes;
  overheadRatio: number;
  readBackRatio: number | null;
}

/** A first image, then `numImages` more, each with a seed of its own and without previews. */
export async function measureModel(
  model: DiffusionModel,
  request: GenerationRequest,
  numImages: number,
  signal: AbortSignal,
): Promise<Measurement> {
  const make = (model: DiffusionModel, imageIndex: number) =>
    timeImage(model, { ...request, imageIndex }, signal);
  const cold = (await make(model, 0)).stages;
  const warm: Awaited<ReturnType<typeof make>>[] = [];
  for (let i = 1; i <= numImages; i++) warm.push(await make(model, i));
  const stages = warm.map(({ stages }) => stages);
  const whole = median(stages.map(({ msTotal }) => msTotal));
  const medians: StageTimes = {
    msEncode: median(stages.map(({ msEncode }) => msEncode)),
    msStep: median(stages.map(({ msStep }) => msStep)),
    msDecode: median(stages.map(({ msDecode }) => msDecode)),
    msTotal: whole,
  };
  if (!model.gpu) {
    const overheadRatio = median(warm.map(({ stages, msSessions }) => stages.msTotal / msSessions));
    return { cold, warm: medians, overheadRatio, readBackRatio: null };
  }
  // A GPU works on while the runtime has long come back: its runs are repeated by themselves, up to the last answer.
  const runs = model.record();
  await make(model, numImages + 1);
  const bare: number[] = [];
  for (let i = 0; i < numImages; i++) bare.push(await repeatRuns(model.gpu.device, [...runs]));
  const readBack: number[] = [];
  const readingBack = readLatentsBack(model);
  for (let i = 1; i <= numImages; i++) readBack.push((await make(readingBack, i)).stages.msTotal);
  return {
    cold,
    warm: medians,
    overheadRatio: whole / median(bare),
    readBackRatio: median(readBack) / whole,
  };
}

async function timeImage(model: DiffusionModel, request: GenerationRequest, signal: AbortSignal) {
  const job = { signal, onProgress: () => undefined, previews: false };
  const { timing } = await generate(model, request, job);
  const { msEncode, msPerStep: msStep, msDecode, msTotal, msSessions } = timing;
  return { stages: { msEncode, msStep, msDecode, msTotal }, msSessions };
}

/** Milliseconds of nothing but these runs, one after the other, in buffers of their own. */
async function repeatRuns(device: GPUDevice, runs: RecordedRun[]): Promise<number> {
  const made: GPUBuffer[] = [];
  const renew = <T extends Feed>(values: Record<string, T>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        if (!('buffer' in value)) return [name, value];
        const tensor = createGpuTensor(device, value.dtype, value.dims);
        made.push(tensor.buffer);
        return [name, tensor as T];
      }),
    );
  const renewed = runs.map(({ session, feeds, results }) => {
    return { session, feeds: renew(feeds), results: results && renew(results) };
  });
  await device.queue.onSubmittedWorkDone();
  const start = performance.now();
  for (const { session, feeds, results } of renewed) {
    if (results) await session.runInto!(feeds, results);
    else await session.run(feeds);
  }
  await device.queue.onSubmittedWorkDone();
  const ms = performance.now() - start;
  for (const buffer of made) buffer.destroy();
  return ms;
}

/** The same model with its latents on the CPU: what a loop costs that hands them over and back in each step. */
function readLatentsBack(model: DiffusionModel): DiffusionModel {
  const gpu = model.gpu!;
  const dims = latentDims(model.entry);
  async function uploaded<T>(latents: Latents, work: (tensor: GpuTensor) => Promise<T>) {
    const data = latents as Float32Array;
    const tensor = uploadTensor(gpu.device, { dtype: 'float32', dims, data });
    try {
      return await work(tensor);
    } finally {
      tensor.buffer.destroy();
    }
  }
  return {
    ...model,
    startLatents: (initial) => createCpuLatents(model.entry, initial),
    predictNoise: (latents, ...rest) =>
      uploaded(latents, async (tensor) => {
        const noisePred = (await model.predictNoise(tensor, ...rest)) as GpuTensor;
        const { dtype, dims, buffer } = noisePred;
        const bytes = await readGpuBuffer(gpu, buffer, tensorBytes(dtype, dims));
        const data = dtype === 'float16' ? new Uint16Array(bytes) : new Float32Array(bytes);
        return toFloat32({ dtype, dims, data });
      }),
    decode: (latents) => uploaded(latents, model.decode),
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}
