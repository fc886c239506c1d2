import type { GenerationProgress, Preview, Timing } from '../contract/picture';
import type { GenerationRequest } from '../contract/request';
import { schedulerId } from '../models/manifest/scheduler-names';
import { nextTask } from '../common/next-task';
import type { Conditions } from './conditioning';
import type { Edit } from './edit/edit-image';
import { initialLatents, noisedLatents, type KnownLatents } from './latents';
import type { DiffusionModel } from './model';
import { PREVIEW_INTERVAL_MS } from './preview';
import { stepNoise } from './random';
import { validateRequest } from './request';
import { createScheduler, startStep } from './schedulers/index';
import type { SchedulerStep } from './schedulers/scheduler';
import type { Decoded } from './vae';

/** How a job is stopped and followed. */
export interface JobOptions {
  signal: AbortSignal;
  onProgress: (progress: GenerationProgress) => void;
  /** Image to image: where it starts instead of from pure noise. */
  init?: InitLatents;
  /** False: no previews are drawn. */
  previews?: boolean;
}

/** An encoded image, and how much of the way from noise is gone again: 0 keeps it, 1 forgets it. */
export interface InitLatents {
  /** [1, channels, h, w] at the UNet's scale: see `DiffusionModel.encodeImage`. */
  encoded: Float32Array;
  strength: number;
}

/** One picture before it is a file, with what the user should know about its making. */
export interface GeneratedPixels extends Decoded {
  timing: Timing;
  unknownWords: string[];
  ignoredWords: string[];
}

/** Prompt to pixels. Read this file first; every other file here is one of its lines. */
export async function generate(
  model: DiffusionModel,
  request: GenerationRequest,
  { signal, onProgress, init, previews = true }: JobOptions,
): Promise<GeneratedPixels> {
  validateRequest(request, model.entry);
  signal.throwIfAborted();
  const { seed, imageIndex, guidanceScale } = request;
  const guidance = { scale: guidanceScale, rescale: request.guidanceRescale ?? 0 };
  const stopwatch = startStopwatch(model);

  onProgress({ stage: 'encode' });
  const conditions = await model.encodeConditions(request); // [b, tokens, hidden], b = 2 with guidance
  const conditionsAt = await guidedInside(model, request, conditions);
  const source = request.init ? await encodeSource(model, request) : null;
  const { steps, initial } = startSampling(model, request, source?.init ?? init);
  const latents = source?.edit?.latents ?? model.startLatents(initial); // [1, c, h/f, w/f]
  stopwatch.encoded();

  try {
    const numSteps = steps.length;
    onProgress({ stage: 'denoise', step: 0, numSteps, msLeft: null });
    const previewDue = everyInterval(previews ? PREVIEW_INTERVAL_MS : Infinity);
    const shown = latest<Preview>();
    for (const [i, step] of steps.entries()) {
      await nextTask(); // lets the worker receive `cancel`; a resolved promise would not
      await latents.settle();
      signal.throwIfAborted();
      const told = conditionsAt(step);
      const noisePred = source?.edit
        ? await source.edit.difference(step, told)
        : await model.predictNoise(latents.current, step, told, guidanceScale); // [b, c, h/f, w/f]
      if (previewDue()) latents.preview(noisePred, step, guidance, shown.put);
      const fresh = step.next.noise ? stepNoise(seed, imageIndex, i, initial.length) : null;
      latents.advance(noisePred, step, guidance, fresh);
      if (source?.known && i < source.knownUntil)
        latents.keepKnown(source.known, steps[i + 1]?.noised ?? CLEAN);
      const msLeft = stopwatch.msLeft(numSteps);
      onProgress({ stage: 'denoise', step: i + 1, numSteps, msLeft, preview: shown.take() });
    }
    await latents.settle('all');
    stopwatch.denoised();

    await nextTask();
    signal.throwIfAborted();
    const preview = shown.take(); // a GPU may have got the last steps before it gave a picture of the first
    if (preview) onProgress({ stage: 'denoise', step: numSteps, numSteps, msLeft: 0, preview });
    onProgress({ stage: 'decode' });
    const decoded = await (source?.edit?.decode() ?? model.decode(latents.current));
    const image = source ? source.finish(decoded) : decoded;
    const { unknownWords, ignoredWords } = conditions;
    return { ...image, timing: stopwatch.read(numSteps), unknownWords, ignoredWords };
  } finally {
    latents.release();
  }
}

/** After the last step no noise is left. */
const CLEAN = { clean: 1, noise: 0 };

/** A source image on its way through: where sampling starts, what stays as it is, and the last touch on the pixels. */
interface Source {
  /** Absent for volumes, which start from noise: their label map is not known. */
  init?: InitLatents;
  /** Inpainting and volumes only. */
  known: KnownLatents | null;
  /** The step from which on nothing is put back. */
  knownUntil: number;
  /** Only what the prompt says otherwise is changed. */
  edit?: Edit;
  finish(decoded: Decoded): Decoded;
}

async function encodeSource(model: DiffusionModel, request: GenerationRequest): Promise<Source> {
  if (model.entry.volume) return encodeVolumeSource(model, request);
  const { toEncoderInput, knownLatents, compositeOver } = await import('./inpaint');
  const { init, inpaint } = request;
  const encoded = await model.encodeImage(toEncoderInput(init!.rgb!)); // [1, c, h/f, w/f]
  const edit = request.edit && (await startEdit(model, request, encoded));
  return {
    init: { encoded, strength: init!.strength },
    known: inpaint && !edit ? knownLatents(model.entry, request, encoded, inpaint) : null,
    knownUntil: Infinity,
    ...(edit && { edit }),
    finish: (decoded) => (inpaint ? compositeOver(decoded, init!, inpaint) : decoded),
  };
}

async function startEdit(model: DiffusionModel, request: GenerationRequest, encoded: Float32Array) {
  const { startEdit: start } = await import('./edit/edit-image');
  return start(model, request, encoded, guidedInside);
}

/** Of a volume the image is known and the label map is not: every step runs, and the first ones keep the image. */
async function encodeVolumeSource(
  model: DiffusionModel,
  request: GenerationRequest,
): Promise<Source> {
  const { firstFreeStep, knownImage, toEncoderVolume } = await import('./volume-source');
  const encoded = await model.encodeImage(toEncoderVolume(request.init!.voxels!)); // [1, c, x/2, y/2, z/2]
  return {
    known: knownImage(model.entry, request, encoded),
    knownUntil: firstFreeStep(request),
    finish: (decoded) => decoded,
  };
}

/**
 * What the UNet is told at each step: outside the model's guidance interval the prompt's row alone, which halves the work
 * of such a step. Kynkäänniemi et al. 2024, https://arxiv.org/abs/2404.07724.
 */
async function guidedInside(
  model: DiffusionModel,
  request: GenerationRequest,
  conditions: Conditions,
): Promise<(step: SchedulerStep) => Conditions> {
  const { defaults, schedulers } = model.entry;
  if (!defaults.guidanceInterval || conditions.batch === 1) return () => conditions;
  const [low, high] = defaults.guidanceInterval;
  const { numTrainTimesteps } = schedulers.find(
    (config) => schedulerId(config) === request.scheduler,
  )!;
  const alone = await model.encodeConditions({ ...request, guidanceScale: 1 });
  return ({ timestep }) => {
    const level = timestep / numTrainTimesteps;
    return low <= level && level <= high ? conditions : alone;
  };
}

/** The steps to run and what they start from: noise, or with `init` an encoded image with noise on it. */
function startSampling(
  { entry }: DiffusionModel,
  request: GenerationRequest,
  init: InitLatents | undefined,
) {
  const { scheduler: name, numInferenceSteps } = request;
  if (init?.strength === 0) return { steps: [], initial: init.encoded };
  const firstStep = init ? startStep(init.strength, numInferenceSteps) : 0;
  const { steps, initNoiseSigma } = createScheduler(entry, name, numInferenceSteps, firstStep);
  if (!init) return { steps, initial: initialLatents(entry, request, initNoiseSigma) };
  return {
    steps,
    initial: noisedLatents(init.encoded, initialLatents(entry, request, 1), steps[0]),
  };
}

/** Times the stages of one image, and the bare session runs inside it. */
function startStopwatch(model: DiffusionModel) {
  const sessionsBefore = model.msSessions();
  const start = performance.now();
  let encodedAt = start;
  let denoisedAt = start;
  const stepEnds: number[] = [];
  return {
    encoded: () => (encodedAt = performance.now()),
    denoised: () => (denoisedAt = performance.now()),
    /** Steps to come at the median pace of those done: a machine that slept in one of them says nothing about it. */
    msLeft(numSteps: number) {
      stepEnds.push(performance.now());
      const lengths = stepEnds.map((end, i) => end - (stepEnds[i - 1] ?? encodedAt));
      const median = lengths.toSorted((a, b) => a - b)[Math.floor((lengths.length - 1) / 2)];
      return median * (numSteps - stepEnds.length);
    },
    read: (numSteps: number): Timing => {
      const end = performance.now();
      return {
        msTotal: end - start,
        msPerStep: numSteps ? (denoisedAt - encodedAt) / numSteps : 0,
        msEncode: encodedAt - start,
        msDecode: end - denoisedAt,
        msSessions: model.msSessions() - sessionsBefore,
      };
    },
  };
}

/** Keeps what came last until it is taken, once. */
function latest<T>() {
  let value: T | undefined;
  return {
    put: (newer: T) => void (value = newer),
    take() {
      const taken = value;
      value = undefined;
      return taken;
    },
  };
}

/** True on the first call, and then once in each interval; never where that has no end. */
function everyInterval(intervalMs: number): () => boolean {
  let last = intervalMs === Infinity ? Infinity : -Infinity;
  return () => {
    const now = performance.now();
    if (now - last < intervalMs) return false;
    last = now;
    return true;
  };
}
