import { nextTask } from '../common/next-task';
import { spread } from '../common/spread';
import type { TrainingItem } from './draw-batch';
import { captionEncoder } from './encode-items';
import { factorArrays, initialFactors } from './factors';
import { makeSample, samplePng, sampleRequest, type TunableModel } from './make-samples';
import { MOST_PICTURES } from './plan';
import type { Forgotten, ForgottenPicture } from './run';
import { heldOutLoss, type Trainer } from './train';

/** What asks the base model and the tuned one for the same. */
export interface ForgottenParts {
  tunable: TunableModel;
  trainer: Trainer;
  /** What was learnt, in the order of the trainer's layout. */
  learnt: Float32Array<ArrayBuffer>;
  /** The last step. */
  step: number;
  onPicture: (done: number, total: number) => void;
}

/**
 * How much worse the tuned model explains what the base model draws to its own examples, which the run may never have
 * shown it: their denoising loss at fixed σ and noise before and after, and each of them drawn by both from the same noise.
 * null where the model has no examples, or the run makes no samples.
 */
export async function measureForgotten({
  tunable,
  trainer,
  learnt,
  step,
  onPicture,
}: ForgottenParts): Promise<Forgotten | null> {
  const { settings, layout } = trainer;
  const { entry } = tunable.model;
  const examples = entry.examples.map(({ prompt }) => prompt);
  const prompts = spread(examples, Math.min(MOST_PICTURES, settings.numSamples));
  if (prompts.length === 0) return null;
  const embed = captionEncoder(tunable.model);
  const none = new Float32Array(entry.conditions.covariates.length);
  const factors = factorArrays(layout, learnt);
  const items: TrainingItem[] = [];
  const pictures: ForgottenPicture[] = [];
  for (const [index, prompt] of prompts.entries()) {
    onPicture(index, prompts.length);
    await nextTask();
    const request = sampleRequest(entry, settings, prompt, index, true);
    const own = await makeSample(tunable, [], request);
    const tuned = await makeSample(tunable, factors, request);
    const promptEmbeds = await embed(prompt);
    items.push({ latents: own.latents, promptEmbeds, covariates: none, covariatesPresent: none });
    const [before, after] = [own, tuned].map((sample, k) =>
      samplePng(sample, tunable.modelHash, k * step),
    );
    pictures.push({ prompt, before, after });
  }
  const judge = { ...trainer, heldOut: items };
  const lossBefore = await heldOutLoss(judge, initialFactors(layout, settings.seed));
  return { lossBefore, lossAfter: await heldOutLoss(judge, learnt), pictures };
}
