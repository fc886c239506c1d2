import type { GenerationRequest, LoraChoice } from '../contract/request';
import { loraTags } from '../common/lora-tag';
import { EMPTY_PROMPT, appError } from '../errors';
import type { ModelEntry } from '../models/manifest/manifest';
import { takesAdapters, unetOf } from '../models/manifest/model-files';
import { checkEdit } from './edit/check-edit';
import { checkGenerator } from './generator/check-generator';
import { checkImageConditions } from './image-conditions';
import { adaptersOf, isBeyondUnetPairs } from './lora/adapters-of';
import { createScheduler } from './schedulers/index';

/** Longer prompts are a mistake: a text encoder reads some tens of tokens. */
export const MAX_PROMPT_LENGTH = 2000;

/** Seeds and image indices are 32-bit words: two of Philox's key and counter words. */
export const MAX_UINT32 = 2 ** 32 - 1;

/** Throws `RequestInvalid` for the first thing in a request that this model cannot do. */
export function validateRequest(request: GenerationRequest, entry: ModelEntry) {
  checkTexts(request);
  checkInteger('seed', request.seed, 0, MAX_UINT32);
  checkInteger('image index', request.imageIndex, 0, MAX_UINT32);
  checkInteger('number of steps', request.numInferenceSteps, ...entry.ranges.numInferenceSteps);
  checkGuidance(request, entry);
  checkRescale(request, entry);
  if (entry.kind === 'generator') checkGenerator(request, entry);
  // Throws for a scheduler that the model has not, and for numbers of steps that it cannot take.
  else createScheduler(entry, request.scheduler, request.numInferenceSteps);
  checkCovariates(request.covariates, entry);
  checkImageConditions(request, entry);
  if (request.edit) {
    checkEdit(request, entry);
    checkCovariates(request.edit.covariates, entry);
  }
  for (const adapter of adaptersOf(request)) checkLora(adapter, entry);
}

function checkTexts({ prompt, negativePrompt, edit }: GenerationRequest) {
  if (prompt.trim() === '') {
    throw invalid(EMPTY_PROMPT);
  }
  const [tag] = loraTags(prompt);
  if (tag) {
    throw invalid(
      `The prompt names ${tag.slice(0, 60)}, which was not put in its place (expected the file itself). On the command line give it ` +
        'as --lora FILE:0.8; in the page import it under Fine-tune.',
    );
  }
  for (const [name, text] of Object.entries({
    prompt,
    'negative prompt': negativePrompt,
    'text of what the image shows': edit?.prompt ?? '',
  })) {
    if (text.length <= MAX_PROMPT_LENGTH) continue;
    throw invalid(
      `The ${name} is too long (expected at most ${MAX_PROMPT_LENGTH} characters, got ` +
        `${text.length}). Shorten it to what the image should show.`,
    );
  }
}

/** A distilled model has its guidance in its weights: there is no scale to choose and nothing to push away from. */
function checkGuidance({ guidanceScale, negativePrompt }: GenerationRequest, entry: ModelEntry) {
  const [min, max] = entry.ranges.guidanceScale;
  if (max > 1) {
    checkNumber('guidance scale', guidanceScale, min, max);
  } else if (guidanceScale !== max) {
    throw invalid(
      `${entry.title} has its guidance built in (expected a guidance scale of ${max}, got ${guidanceScale}). ` +
        'Leave it at that, or choose a model with guidance.',
    );
  } else if (negativePrompt.trim() !== '') {
    throw invalid(
      `${entry.title} takes no negative prompt, for its guidance is built in (expected an empty one, got ` +
        `"${negativePrompt.slice(0, 40)}"). Empty it, or choose a model with guidance.`,
    );
  }
}

function checkRescale({ guidanceRescale = 0 }: GenerationRequest, entry: ModelEntry) {
  const { guidanceRescale: range } = entry.ranges;
  if (range) return checkNumber('guidance rescale', guidanceRescale, ...range);
  if (guidanceRescale === 0) return;
  throw invalid(
    `${entry.title} offers no guidance rescale (expected 0, got ${guidanceRescale}). Leave it at 0.`,
  );
}

function checkInteger(name: string, value: number, min: number, max: number) {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(
    `The ${name} is not usable (expected a whole number from ${min} to ${max}, got ${value}). ` +
      'Enter one in this range.',
  );
}

function checkNumber(name: string, value: number, min: number, max: number, unit = '') {
  // Written so that NaN and text fail too.
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw invalid(
    `The ${name} is out of range (expected ${min} to ${max}${unit}, got ${value}). ` +
      'Enter a number in this range.',
  );
}

function checkCovariates(asked: Record<string, number>, entry: ModelEntry) {
  const known = entry.conditions.covariates;
  for (const [name, value] of Object.entries(asked)) {
    const covariate = known.find((candidate) => candidate.name === name);
    if (!covariate) {
      const names = known.map((candidate) => candidate.name).join(', ') || 'none';
      throw invalid(
        `${entry.title} does not know the covariate "${name}" (expected: ${names}). ` +
          'Remove it, or choose another model.',
      );
    }
    const { title, min, max, unit } = covariate;
    checkNumber(`covariate ${title}`, value, min, max, unit ? ` ${unit}` : '');
  }
}

/** The most that factors may be multiplied with: beyond it pictures fall apart. */
export const MAX_LORA_STRENGTH = 2;

function checkLora(adapter: LoraChoice, entry: ModelEntry) {
  const { factors, strength, title = 'the tuned model' } = adapter;
  if (!takesAdapters(entry)) {
    throw invalid(
      `${entry.title} takes no fine-tuning (expected none, got ${title}). Remove it, or choose another model.`,
    );
  }
  if (!factors) {
    throw invalid(
      `What "${title}" learnt is not kept with the request (expected its factors, got their hash). Choose it again in the form.`,
    );
  }
  if (unetOf(entry)?.loraGraph && isBeyondUnetPairs(adapter)) {
    throw invalid(
      `"${title}" changes more than ${entry.title} has a place for (expected pairs of factors of the UNet alone, got a LoHa, LoKr or ` +
        'DoRA, or factors of the text encoder too). Convert it to a plain LoRA of the UNet, or choose a Stable Diffusion package.',
    );
  }
  checkNumber('strength of fine-tuning', strength, 0, MAX_LORA_STRENGTH);
}

function invalid(message: string) {
  return appError('RequestInvalid', message);
}
