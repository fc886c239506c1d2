import { appError } from '../errors';
import { ENOUGH_FOR_VERDICT } from '../common/enough-for-verdict';
import { nextTask } from '../common/next-task';
import type { BackendReport } from '../contract/request';
import type { ModelSession } from '../models/runtime/session-types';
import type { TrainingItem, TrainingPool } from './draw-batch';
import { captionEncoder, encodeItems, type EncodedItem } from './encode-items';
import {
  factorArrays,
  factorLayout,
  initialFactors,
  learntOf,
  resultOf,
  type FactorRange,
} from './factors';
import { measureForgotten } from './forgotten';
import {
  makeSample,
  samplePng,
  samplePrompts,
  sampleRequest,
  type TunableModel,
} from './make-samples';
import { createPacer } from './pace';
import { isPlanned, latestEnd, planSteps } from './plan';
import type {
  Checkpoint,
  FinetuneJob,
  FinetuneOutcome,
  FinetuneReport,
  KeptPart,
  LossPoint,
  PlannedSettings,
} from './run';
import { checkCount, splitItems } from './split-items';
import { firstCheckpoint, train, trainOnce, type Trainer } from './train';

/** What a run is given by the worker. */
export interface FinetuneParts {
  tunable: TunableModel;
  /** Opens the training graph: not before all images are encoded, for memory peaks here. */
  openTraining: () => Promise<ModelSession>;
  backend: BackendReport;
  read: (index: number) => Promise<Blob>;
  keep: (part: KeptPart) => Promise<void>;
  onReport: (report: FinetuneReport) => void;
  /** Ends the run after its step. */
  signal: AbortSignal;
}

/** Images to factors. Read this file first; the others of this folder are its lines. */
export async function finetune(job: FinetuneJob, parts: FinetuneParts): Promise<FinetuneOutcome> {
  const { tunable, onReport, signal } = parts;
  const { items, settings } = job;
  const total = items.length;
  checkCount(items.filter(({ skipped }) => skipped === undefined).length);
  const onDone = (done: number) => onReport({ stage: 'encode', done, total });
  const encoded = await encodeItems(tunable.model, items, settings, { ...parts, onDone });
  checkCount(encoded.length);
  const { training, heldOut } = splitItems(encoded, settings);
  const emptyEmbeds = await captionEncoder(tunable.model)('');
  const prior = await makePrior(job, parts);

  const session = await parts.openTraining();
  try {
    const layout = factorLayout(session, settings.rank, settings.word);
    const shapes = rowShapes(session);
    checkKept(job, layout, shapes);
    const pool: TrainingPool = { items: training, prior, emptyEmbeds, shapes };
    const trainer = { session, layout, pool, heldOut, settings };
    const start = job.checkpoint ?? firstCheckpoint(layout, initialFactors(layout, settings.seed));
    const planned = await plan(trainer, start, parts);
    const latestMs = latestEnd(settings);
    const clock = reportSteps(planned, onReport);
    const captions = training.map(({ caption }) => caption);
    const sampler = { ...parts, layout, captions, heldOut, settings: planned };
    const ended = await train({ ...trainer, settings: planned }, start, {
      signal,
      keep: (checkpoint) => parts.keep({ kind: 'checkpoint', checkpoint }),
      isLate: () => clock.msSpent() > latestMs,
      onStep: clock.onStep,
      sample: (average, step) => sampleRound(sampler, average, step),
    });
    const forgotten =
      ended === 'paused'
        ? null
        : await measureForgotten({
            tunable,
            trainer,
            learnt: learntOf(start, planned),
            step: start.step,
            onPicture: (done, total) => onReport({ stage: 'forgotten', done, total }),
          });
    return {
      ended,
      forgotten,
      backend: parts.backend,
      modelHash: tunable.modelHash,
      checkpoint: start,
      factors: resultOf(start, planned),
      trainedOn: training.map(indexOf),
      heldOut: heldOut.map(indexOf),
      msPerStep: start.msTraining / Math.max(1, start.step),
    };
  } finally {
    await session.release();
  }
}

const indexOf = ({ index }: EncodedItem) => index;

/** A run that was begun with weights of another shape, before runs noted which, cannot go on. */
function checkKept(
  { checkpoint, items, prior }: FinetuneJob,
  layout: readonly FactorRange[],
  shapes: TrainingPool['shapes'],
) {
  const count = shapes.latents.reduce((product, size) => product * size, 1);
  const kept = [...items.map(({ latents }) => latents), ...prior].find((one) => one);
  const sizes = (ranges: readonly FactorRange[]) =>
    ranges.map(({ name, dims }) => `${name} ${dims.join()}`).join();
  const fits = !checkpoint || sizes(checkpoint.layout) === sizes(layout);
  if (fits && (kept?.length ?? count) === count) return;
  throw appError(
    'RequestInvalid',
    `This run was begun with another version of the model (expected latents of ${count} numbers and factors of its shapes, got ` +
      `${kept?.length ?? count} and ${fits ? 'such' : 'others'}). Keep what it has learnt as it is, or discard it and start anew.`,
  );
}

/** Two steps on a copy say how fast this device is, unless the number of steps is known. */
async function plan(trainer: Trainer, start: Checkpoint, { keep, onReport }: FinetuneParts) {
  const { settings, heldOut } = trainer;
  if (isPlanned(settings)) return settings;
  onReport({ stage: 'measure' });
  const copy = structuredClone(start);
  await trainOnce(trainer, copy); // the first one also compiles
  const startMs = performance.now();
  await trainOnce(trainer, copy);
  const msPerStep = performance.now() - startMs;
  const planned = planSteps(settings, { msPerStep, numHeldOut: Math.min(16, heldOut.length) });
  await keep({ kind: 'plan', settings: planned });
  return planned;
}

/** Steps at the pace of this start; those of an earlier one may have run on another machine. */
function reportSteps(planned: PlannedSettings, onReport: (report: FinetuneReport) => void) {
  const paceAt = createPacer(performance.now());
  let spent = 0;
  const onStep = (point: LossPoint, ms: number) => {
    const { msPerStep, msPerRound, msSpent } = paceAt(performance.now(), ms);
    const { numSteps } = planned;
    const msLeft = msPerRound * (numSteps - point.step);
    spent = msSpent;
    onReport({ stage: 'train', step: point.step, numSteps, point, msPerStep, msLeft });
  };
  return { onStep, msSpent: () => spent };
}

interface Sampler extends FinetuneParts {
  layout: readonly FactorRange[];
  captions: readonly string[];
  heldOut: readonly TrainingItem[];
  settings: PlannedSettings;
}

function numSamples(
  { numSamples: usual, numSteps }: PlannedSettings,
  step: number,
  numHeldOut: number,
) {
  const judged = step === numSteps && numHeldOut >= ENOUGH_FOR_VERDICT.heldOut && usual > 0;
  return judged ? Math.max(usual, ENOUGH_FOR_VERDICT.synthetic) : usual;
}

/** Images of fixed seeds. */
async function sampleRound(
  { tunable, settings, captions, heldOut, layout, keep, onReport }: Sampler,
  average: Float32Array<ArrayBuffer>,
  step: number,
): Promise<void> {
  const factors = factorArrays(layout, average);
  const prompts = samplePrompts(captions, numSamples(settings, step, heldOut.length));
  for (const [index, prompt] of prompts.entries()) {
    onReport({ stage: 'sample', done: index, total: prompts.length });
    await nextTask();
    const request = sampleRequest(tunable.model.entry, settings, prompt, index);
    const sample = await makeSample(tunable, factors, request, settings.word);
    const png = samplePng(sample, tunable.modelHash, step);
    await keep({ kind: 'sample', step, index, prompt, png });
  }
}

/** The base model's own samples of what it knows, one after the other through the manifest's examples. */
async function makePrior(
  { settings, prior }: FinetuneJob,
  { tunable, keep, onReport }: FinetuneParts,
): Promise<TrainingItem[]> {
  if (settings.priorRows === 0) return [];
  const { entry } = tunable.model;
  const prompts = entry.examples.map(({ prompt }) => prompt);
  const embed = captionEncoder(tunable.model);
  const total = settings.numPrior;
  const none = new Float32Array(entry.conditions.covariates.length);
  const items: TrainingItem[] = [];
  for (let index = 0; index < total && prompts.length > 0; index++) {
    onReport({ stage: 'prior', done: index, total });
    const prompt = prompts[index % prompts.length];
    let latents = prior[index] as Float32Array<ArrayBuffer> | undefined;
    if (!latents) {
      const request = sampleRequest(entry, settings, prompt, index, true);
      ({ latents } = await makeSample(tunable, [], request));
      await keep({ kind: 'prior', index, latents });
    }
    const promptEmbeds = await embed(prompt);
    items.push({ latents, promptEmbeds, covariates: none, covariatesPresent: none });
  }
  return items;
}

/** Sizes of one row, by the training graph's own inputs. */
function rowShapes({ inputShapes = {} }: ModelSession): TrainingPool['shapes'] {
  const row = (name: string) => inputShapes[name].slice(1).map(Number);
  return {
    latents: row('latents'),
    promptEmbeds: row('prompt_embeds'),
    ...('mask' in inputShapes ? { mask: row('mask') } : {}),
  };
}
