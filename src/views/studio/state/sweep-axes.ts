import type { GenerationRequest } from '../../../contract/request';
import { GUIDANCE_STEP, SEED_RANGE } from '../../../controls/number-range';
import { promptInStep } from '../../../controls/prompt-covariates';
import type { Covariate, ModelEntry } from '../../../models/manifest/manifest';
import { texts } from '../texts/conditions';

/** What of the sampling a sweep can run along, each a "covariate" under a name that no covariate of a manifest has. */
const SAMPLING = {
  '@seed': { field: 'seed', title: 'seedAxis' },
  '@steps': { field: 'numInferenceSteps', title: 'stepsAxis' },
  '@guidance': { field: 'guidanceScale', title: 'guidanceAxis' },
} as const;
type SamplingName = keyof typeof SAMPLING;

/** Along models; the values count them. */
export const MODEL_AXIS = '@model';

/** How many seeds are proposed. */
const NUM_SEEDS = 5;

/** All that a sweep of this model can run along: covariates, seeds, and steps and guidance where they can be chosen. */
export function sweepAxes({ ranges, conditions }: ModelEntry): Covariate[] {
  const { numInferenceSteps, guidanceScale } = ranges;
  const axis = (name: SamplingName, [min, max]: number[], step: number): Covariate => {
    const title = texts[SAMPLING[name].title];
    return { name, title, unit: '', min, max, step, help: '', appliesTo: [] };
  };
  return [
    ...conditions.covariates,
    axis('@seed', [SEED_RANGE.min, SEED_RANGE.max], SEED_RANGE.step),
    ...(numInferenceSteps[1] > numInferenceSteps[0] ? [axis('@steps', numInferenceSteps, 1)] : []),
    ...(guidanceScale[1] > 1 ? [axis('@guidance', guidanceScale, GUIDANCE_STEP)] : []),
  ];
}

/** The models of a sweep as a covariate to choose from. */
export function modelAxis(titles: readonly string[]): Covariate {
  return {
    name: MODEL_AXIS,
    title: texts.modelAxis,
    unit: '',
    min: 0,
    max: titles.length - 1,
    step: 1,
    help: '',
    appliesTo: [],
    choices: titles.map((title, value) => ({ value, title })),
  };
}

/** Its name to read; of what is not a covariate in the language of `words`. */
export function titleOf({ name, title }: Covariate, words: typeof texts = texts): string {
  if (name === MODEL_AXIS) return words.modelAxis;
  return isSampling(name) ? words[SAMPLING[name].title] : title;
}

/** From where to where, before somebody says otherwise: all of a range, or the seeds from this one on. */
export function proposedEnds({ name, min, max }: Covariate, seed: number): [number, number] {
  if (name !== '@seed') return [min, max];
  const first = Math.min(seed, max - NUM_SEEDS + 1);
  return [first, first + NUM_SEEDS - 1];
}

/** What a request asks for along an axis; undefined: nothing. */
export function valueOf(
  { name }: Pick<Covariate, 'name'>,
  request: GenerationRequest,
): number | undefined {
  if (!isSampling(name)) return request.covariates[name];
  // A picture that was drawn until the check was content has the seed of its last try.
  if (name === '@seed') return request.checked?.firstSeed ?? request.seed;
  return request[SAMPLING[name].field];
}

/** The request with another value; a covariate in its prompt too. */
export function withValue(
  request: GenerationRequest,
  covariate: Covariate,
  value: number,
): GenerationRequest {
  const { name } = covariate;
  if (isSampling(name)) return { ...request, [SAMPLING[name].field]: value };
  const prompt = promptInStep(request.prompt, covariate, value);
  return { ...request, prompt, covariates: { ...request.covariates, [name]: value } };
}

/** Whether a picture was made as it was asked for, as far as words, covariates and sampling go. */
export function isAlike(asked: GenerationRequest, made: GenerationRequest): boolean {
  const texts = ['modelId', 'prompt', 'negativePrompt', 'imageIndex', 'scheduler'] as const;
  const covariates = Object.keys({ ...asked.covariates, ...made.covariates });
  return (
    texts.every((field) => asked[field] === made[field]) &&
    [...covariates, ...Object.keys(SAMPLING)].every(
      (name) => valueOf({ name }, asked) === valueOf({ name }, made),
    )
  );
}

function isSampling(name: string): name is SamplingName {
  return Object.hasOwn(SAMPLING, name);
}
