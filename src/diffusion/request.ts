import type { GenerationRequest } from '../../workers/api';
import { EMPTY_PROMPT, appError } from '../errors';
import type { ModelEntry } from '../models/manifest';

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
  checkNumber('guidance scale', request.guidanceScale, ...entry.ranges.guidanceScale);
  checkScheduler(request.scheduler, entry);
  checkCovariates(request.covariates, entry);
}

function checkTexts({ prompt, negativePrompt }: GenerationRequest) {
  if (prompt.trim() === '') {
    throw invalid(EMPTY_PROMPT);
  }
  for (const [name, text] of Object.entries({ prompt, 'negative prompt': negativePrompt })) {
    if (text.length <= MAX_PROMPT_LENGTH) continue;
    throw invalid(
      `The ${name} is too long (expected at most ${MAX_PROMPT_LENGTH} characters, got ` +
        `${text.length}). Shorten it to what the image should show.`,
    );
  }
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

function checkScheduler(scheduler: string, entry: ModelEntry) {
  const known = entry.schedulers.map(({ type }) => type);
  if (known.some((type) => type === scheduler)) return;
  throw invalid(
    `${entry.title} has no scheduler "${scheduler}" (expected ${known.join(' or ')}). ` +
      'Choose one of these.',
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

function invalid(message: string) {
  return appError('RequestInvalid', message);
}
