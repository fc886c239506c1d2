import { EDIT_STANDARD } from '../../common/edit-standard';
import type { GenerationRequest } from '../../contract/request';
import { readFloat32 } from '../../models/runtime/gpu-tensor';
import type { Conditions } from '../conditioning';
import { latentRegion, toEncoderInput } from '../inpaint';
import {
  createCpuLatents,
  guide,
  initialLatents,
  type Guidance,
  type LatentState,
} from '../latents';
import type { DiffusionModel } from '../model';
import type { SchedulerStep } from '../schedulers/scheduler';
import { toPixels, type Decoded } from '../vae';

/** An image on its way to what the prompt says, from what it shows. */
export interface Edit {
  /** The image as changed so far, clean; on the CPU, for a few steps of a few runs each. */
  latents: LatentState;
  /** What to step along in place of `noisePred`: [1, c, h, w]. */
  difference(step: SchedulerStep, told: Conditions): Promise<Float32Array>;
  /** The image with nothing but the change on it. */
  decode(): Promise<Decoded>;
}

/** What the network is told at each step: pipeline.ts, with guidance inside the model's interval only. */
type TellAt = (
  model: DiffusionModel,
  request: GenerationRequest,
  conditions: Conditions,
) => Promise<(step: SchedulerStep) => Conditions>;

/**
 * The edited image walks along the difference of two velocities, that of what it should show less that of what the source shows,
 * both at the edited image with the same noise on: inversion-free as FlowEdit, Kulikov et al. 2024,
 * https://arxiv.org/abs/2412.08629, which takes the second one at the source, and there kept less of it (docs/report.md). The change is
 * laid over the source's own pixels, so that what the autoencoder loses is not lost here. The same in Python: training/model/edit.py.
 */
export async function startEdit(
  model: DiffusionModel,
  request: GenerationRequest,
  encoded: Float32Array,
  tellAt: TellAt,
): Promise<Edit> {
  const { prompt, covariates, push = EDIT_STANDARD.push } = request.edit!;
  const { mask: _drawn, ...rest } = request;
  const asSource = { ...rest, prompt, covariates };
  const sourceAt = await tellAt(model, asSource, await model.encodeConditions(asSource));
  const guidance = { scale: request.guidanceScale, rescale: request.guidanceRescale ?? 0 };
  const noise = initialLatents(model.entry, request, 1);
  const region = request.inpaint && latentRegion(model.entry, request.inpaint.region!);
  const latents = createCpuLatents(model.entry, encoded);
  const velocity = (x: Float32Array, step: SchedulerStep, told: Conditions) =>
    predict(model, x, step, told, guidance);

  return {
    latents,
    async difference(step, told) {
      const { clean, noise: level } = step.noised;
      const now = latents.current as Float32Array;
      // The source as it is noised, and on it what has changed so far.
      const x = now.map((z, i) => z + (clean - 1) * encoded[i] + level * noise[i]);
      const wanted = await velocity(x, step, told);
      const shown = await velocity(x, step, sourceAt(step));
      return wanted.map((v, i) => (region?.[i % region.length] ?? 1) * push * (v - shown[i]));
    },
    decode: async () => overSource(model, request.init!.rgb!, encoded, latents.current),
  };
}

/** Velocity of latents that lie on the CPU, wherever the model computes: [1, c, h, w]. */
async function predict(
  model: DiffusionModel,
  x: Float32Array,
  step: SchedulerStep,
  told: Conditions,
  guidance: Guidance,
): Promise<Float32Array> {
  return onDevice(model, x, async (latents) => {
    const answer = await model.predictNoise(latents, step, told, guidance.scale);
    const numbers = answer instanceof Float32Array ? answer : await readFloat32(model.gpu!, answer);
    return guide(numbers, x.length, guidance);
  });
}

/** Latents where the model computes, for as long as `use` takes. */
async function onDevice<T>(
  model: DiffusionModel,
  x: Float32Array,
  use: (latents: LatentState['current']) => Promise<T>,
): Promise<T> {
  const state = model.startLatents(x);
  try {
    return await use(state.current);
  } finally {
    state.release();
  }
}

/** The source's pixels and on them what decoding says has changed: [height · width · 3] → an image. */
async function overSource(
  model: DiffusionModel,
  rgb: Uint8Array,
  encoded: Float32Array,
  edited: LatentState['current'],
): Promise<Decoded> {
  const decode = (x: Float32Array) =>
    onDevice(model, x, async (latents) => Float32Array.from(await model.decodeFloat(latents)));
  const before = await decode(encoded);
  const after = await decode(edited as Float32Array);
  const source = toEncoderInput(rgb);
  const { width, height } = model.entry.image;
  return toPixels(
    source.map((x, i) => x + after[i] - before[i]),
    width,
    height,
  );
}
