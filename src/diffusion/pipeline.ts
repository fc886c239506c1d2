import type { GenerationProgress, GenerationRequest, Timing } from '../../workers/api';
import { nextTask } from '../next-task';
import { applyStep, initialLatents } from './latents';
import type { DiffusionModel } from './model';
import { PREVIEW_INTERVAL_MS, projectPreview } from './preview';
import { validateRequest } from './request';
import { createScheduler } from './schedulers/index';
import type { RgbaImage } from './vae';

/** How a job is stopped and followed. */
export interface JobOptions {
  signal: AbortSignal;
  onProgress: (progress: GenerationProgress) => void;
}

/** One picture before it is a file, with what the user should know about its making. */
export interface GeneratedPixels extends RgbaImage {
  timing: Timing;
  unknownWords: string[];
  ignoredWords: string[];
}

/** Prompt to pixels. Read this file first; every other file here is one of its lines. */
export async function generate(
  model: DiffusionModel,
  request: GenerationRequest,
  { signal, onProgress }: JobOptions,
): Promise<GeneratedPixels> {
  validateRequest(request, model.entry);
  signal.throwIfAborted();
  const { numInferenceSteps: numSteps, guidanceScale } = request;
  const stopwatch = startStopwatch(model);

  onProgress({ stage: 'encode' });
  const conditions = await model.encodeConditions(request); // [b, tokens, hidden], b = 2 with guidance
  const scheduler = createScheduler(model.entry, request.scheduler, numSteps);
  let latents = initialLatents(model.entry, request, scheduler.initNoiseSigma); // [1, c, h/f, w/f]
  stopwatch.encoded();

  onProgress({ stage: 'denoise', step: 0, numSteps, msLeft: null });
  const previewDue = everyInterval(PREVIEW_INTERVAL_MS);
  for (const [i, { timestep, next, predOriginal }] of scheduler.steps.entries()) {
    await nextTask(); // lets the worker receive `cancel`; a resolved promise would not
    signal.throwIfAborted();
    const noisePred = await model.predictNoise(latents, timestep, conditions); // [b, c, h/f, w/f]
    const clean = previewDue() && applyStep(latents, noisePred, predOriginal, guidanceScale);
    const preview = clean ? projectPreview(clean, model.entry) : undefined;
    latents = applyStep(latents, noisePred, next, guidanceScale);
    const msLeft = stopwatch.msLeft(i + 1, numSteps);
    onProgress({ stage: 'denoise', step: i + 1, numSteps, msLeft, preview });
  }
  stopwatch.denoised();

  await nextTask();
  signal.throwIfAborted();
  onProgress({ stage: 'decode' });
  const image = await model.decode(latents);
  const { unknownWords, ignoredWords } = conditions;
  return { ...image, timing: stopwatch.read(numSteps), unknownWords, ignoredWords };
}

/** Times the stages of one image, and the bare session runs inside it. */
function startStopwatch(model: DiffusionModel) {
  const sessionsBefore = model.msSessions();
  const start = performance.now();
  let encodedAt = start;
  let denoisedAt = start;
  return {
    encoded: () => (encodedAt = performance.now()),
    denoised: () => (denoisedAt = performance.now()),
    /** Steps to come at the pace of those done. */
    msLeft: (step: number, numSteps: number) =>
      ((performance.now() - encodedAt) / step) * (numSteps - step),
    read: (numSteps: number): Timing => {
      const end = performance.now();
      return {
        msTotal: end - start,
        msPerStep: (denoisedAt - encodedAt) / numSteps,
        msEncode: encodedAt - start,
        msDecode: end - denoisedAt,
        msSessions: model.msSessions() - sessionsBefore,
      };
    },
  };
}

/** True on the first call, and then once in each interval. */
function everyInterval(intervalMs: number): () => boolean {
  let last = -Infinity;
  return () => {
    const now = performance.now();
    if (now - last < intervalMs) return false;
    last = now;
    return true;
  };
}
