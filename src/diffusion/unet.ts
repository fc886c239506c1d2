import { createGpuTensor, uploadTensor } from '../models/runtime/gpu-tensor';
import type { Component, GraphValue, DiffusionEntry } from '../models/manifest/manifest';
import type { Feed, GpuTensor, ModelSession, TensorData } from '../models/runtime/session-types';
import type { Conditions } from './conditioning';
import { checkInputs } from './graph-inputs';
import type { GpuMath } from './gpu-latents';
import { guidanceEmbedding } from './guidance-embedding';
import { latentDims, type Latents } from './latents';
import type { SchedulerStep } from './schedulers/scheduler';
import { joinRows, selectRows, toFloat32, toTensor } from './tensors';

/** What a step tells the UNet besides latents and conditions. */
export type StepInput = Pick<SchedulerStep, 'timestep' | 'inputScale'>;

/**
 * One forward of the UNet: latents [1, c, h, w] → noisePred [batch, c, h, w], one row per condition row. On the GPU
 * the answer lies in a buffer that the next call writes again.
 */
export type PredictNoise = (
  latents: Latents,
  step: StepInput,
  conditions: Conditions,
  guidanceScale: number,
) => Promise<Latents>;

/** One row of the batch after the other, as one run of the graph takes them; rows may repeat to fill a fixed batch. */
type Rows = number[];

/** Of a model whose manifest names no second text encoder; no graph takes that. */
const NONE = new Float32Array(0);

/** Inputs that stay the same for all steps of an image, by role. */
const CONDITION_FEEDS: Record<
  string,
  (value: GraphValue, rows: Rows, conditions: Conditions) => TensorData
> = {
  promptEmbeds: (value, rows, { promptEmbeds, promptEmbedsDims: [batch, ...dims] }) =>
    toTensor(value, [rows.length, ...dims], selectRows(promptEmbeds, batch, rows)),
  pooledEmbeds: (value, rows, { batch, pooledEmbeds = NONE }) =>
    toTensor(
      value,
      [rows.length, pooledEmbeds.length / batch],
      selectRows(pooledEmbeds, batch, rows),
    ),
  timeIds: (value, rows, { timeIds = NONE }) =>
    toTensor(value, [rows.length, timeIds.length], joinRows(rows.map(() => timeIds))),
  covariates: (value, rows, { batch, covariates }) =>
    toTensor(value, [rows.length, covariates.length / batch], selectRows(covariates, batch, rows)),
  covariatesPresent: (value, rows, { batch, covariatesPresent: present }) =>
    toTensor(value, [rows.length, present.length / batch], selectRows(present, batch, rows)),
  // Where no mask was drawn: zeros, and the flag says so.
  mask: (value, rows, { batch, mask }) =>
    toTensor(value, [rows.length], mask ? selectRows(mask, batch, rows) : 0),
  maskPresent: (value, rows, { batch, maskPresent: present }) =>
    toTensor(value, [rows.length], present ? selectRows(present, batch, rows) : 0),
};

/** Inputs that a step decides, by role: a few numbers each. */
const STEP_FEEDS: Record<
  string,
  (value: GraphValue, rows: Rows, timestep: number, guidanceScale: number) => TensorData
> = {
  timestep: (value, rows, timestep) => toTensor(value, [rows.length], timestep),
  // Guidance as an input, for models that were distilled with it: LCM.
  timestepCond: (value, rows, _, guidanceScale) => {
    const width = value.shape.at(-1);
    const one = guidanceEmbedding(guidanceScale, typeof width === 'number' ? width : 256);
    return toTensor(
      value,
      [rows.length, one.length],
      selectRows(one, 1, Array<number>(rows.length).fill(0)),
    );
  },
};

/** The UNet of a model; fails at once when its graph asks for something the pipeline has not. */
export function createUnet(
  entry: DiffusionEntry,
  session: ModelSession,
  math: GpuMath | null,
): PredictNoise {
  const { unet } = entry.components;
  const known = ['latents', ...Object.keys(STEP_FEEDS), ...Object.keys(CONDITION_FEEDS)];
  checkInputs(`The UNet of ${entry.title}`, unet, session, known);
  return math ? createGpuUnet(entry, session, math) : createCpuUnet(entry, session);
}

/** Whether the graph takes the guidance scale as an input, so that no unconditional row is needed. */
export function embedsGuidance({ components }: DiffusionEntry): boolean {
  return 'timestepCond' in components.unet.inputs;
}

/**
 * Which rows of the batch each run of the graph takes: all at once, unless its batch is fixed at 1 or the manifest says
 * so. A graph with a fixed batch of 2 gets its one row twice.
 */
export function planRuns({ inputs, maxBatch }: Component, batch: number): Rows[] {
  const [fixed] = inputs.latents.shape;
  const rowsPerRun = typeof fixed === 'number' ? fixed : Math.min(maxBatch ?? batch, batch);
  const runs: Rows[] = [];
  for (let first = 0; first < batch; first += rowsPerRun) {
    const row = (i: number) => Math.min(first + i, batch - 1);
    runs.push(Array.from({ length: rowsPerRun }, (_, i) => row(i)));
  }
  return runs;
}

function feedsOf<Arguments extends unknown[]>(
  { inputs }: Component,
  makers: Record<string, (value: GraphValue, rows: Rows, ...rest: Arguments) => TensorData>,
  rows: Rows,
  ...rest: Arguments
): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([role]) => role in makers)
      .map(([role, value]) => [value.name, makers[role](value, rows, ...rest)]),
  );
}

function createCpuUnet(entry: DiffusionEntry, session: ModelSession): PredictNoise {
  const { unet } = entry.components;
  const [, ...dims] = latentDims(entry);
  return async (latents, { timestep, inputScale }, conditions, guidanceScale) => {
    const scaled = (latents as Float32Array).map((x) => inputScale * x);
    const runs = planRuns(unet, conditions.batch);
    const answers: Float32Array[] = [];
    for (const rows of runs) {
      const sample = joinRows(rows.map(() => scaled));
      const results = await session.run({
        [unet.inputs.latents.name]: toTensor(unet.inputs.latents, [rows.length, ...dims], sample),
        ...feedsOf(unet, STEP_FEEDS, rows, timestep, guidanceScale),
        ...feedsOf(unet, CONDITION_FEEDS, rows, conditions),
      });
      const numNew = new Set(rows).size;
      answers.push(
        toFloat32(results[unet.outputs.noisePred.name]).subarray(0, numNew * scaled.length),
      );
    }
    return answers.length === 1 ? answers[0] : joinRows(answers);
  };
}

/** The buffers of one run: what goes in, and where the answer is written. */
interface GpuRun {
  rows: Rows;
  sample: GpuTensor;
  answer: GpuTensor;
  conditions: Record<string, GpuTensor>;
}

/** Prompts of which the embeds stay on the GPU: a seed or a setting is changed more often than these. */
const MAX_PROMPTS = 4;

function createGpuUnet(entry: DiffusionEntry, session: ModelSession, math: GpuMath): PredictNoise {
  const { kernels } = math;
  const { unet } = entry.components;
  const { device } = math.gpu;
  const prepared = new Map<Conditions, { runs: GpuRun[]; noisePred: GpuTensor }>();
  const [, ...dims] = latentDims(entry);
  const count = dims.reduce((product, size) => product * size, 1);

  function prepare(conditions: Conditions) {
    const { batch } = conditions;
    const { latents } = unet.inputs;
    const answerType = unet.outputs.noisePred.dtype;
    const runs = planRuns(unet, batch).map((rows): GpuRun => {
      const shape = [rows.length, ...dims];
      const feeds = Object.entries(feedsOf(unet, CONDITION_FEEDS, rows, conditions));
      return {
        rows,
        sample: createGpuTensor(device, latents.dtype, shape),
        answer: createGpuTensor(device, answerType, shape),
        conditions: Object.fromEntries(
          feeds.map(([name, tensor]) => [name, uploadTensor(device, tensor)]),
        ),
      };
    });
    // Two answers of one row each are put side by side.
    const noisePred =
      runs.length === 1
        ? { ...runs[0].answer, dims: [batch, ...dims] }
        : createGpuTensor(device, answerType, [batch, ...dims]);
    return { runs, noisePred };
  }

  function preparedFor(conditions: Conditions) {
    const known = prepared.get(conditions) ?? prepare(conditions);
    prepared.delete(conditions);
    prepared.set(conditions, known); // the newest last
    if (prepared.size > MAX_PROMPTS) {
      const [oldest, { runs, noisePred }] = [...prepared][0];
      for (const { sample, answer, conditions } of runs) {
        for (const { buffer } of [sample, answer, ...Object.values(conditions)]) buffer.destroy();
      }
      noisePred.buffer.destroy();
      prepared.delete(oldest);
    }
    return known;
  }

  function fillSample(latents: GpuTensor, { rows, sample }: GpuRun, scale: number) {
    const half = sample.dtype === 'float16';
    const words = [{ u32: count }, { u32: rows.length }, { f32: scale }, { f32: 0 }];
    const uniforms = kernels.uniforms(words);
    kernels.run('affine', half, count * rows.length, uniforms, [latents.buffer, sample.buffer]);
    uniforms.destroy();
  }

  return async (latents, { timestep, inputScale }, conditions, guidanceScale) => {
    const { runs, noisePred } = preparedFor(conditions);
    for (const [i, run] of runs.entries()) {
      fillSample(latents as GpuTensor, run, inputScale);
      const feeds: Record<string, Feed> = {
        [unet.inputs.latents.name]: run.sample,
        ...feedsOf(unet, STEP_FEEDS, run.rows, timestep, guidanceScale),
        ...run.conditions,
      };
      await session.runInto!(feeds, { [unet.outputs.noisePred.name]: run.answer });
      if (runs.length > 1) copyRow(device, run.answer.buffer, noisePred, i);
    }
    return noisePred;
  };
}

/** Puts the first row of an answer at row `row` of a larger tensor. */
function copyRow(device: GPUDevice, from: GPUBuffer, to: GpuTensor, row: number) {
  const numbers = to.dims.slice(1).reduce((product, size) => product * size, 1);
  const bytes = numbers * (to.dtype === 'float16' ? 2 : 4);
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(from, 0, to.buffer, row * bytes, bytes);
  device.queue.submit([encoder.finish()]);
}
