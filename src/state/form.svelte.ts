import type { GenerationRequest, SchedulerName } from '../../workers/api';
import { EMPTY_PROMPT } from '../errors';
import type { Covariate, ModelEntry } from '../models/manifest';
import { rangeProblem, type NumberRange } from './number-range';

/** What a seed may be: Philox's key word. */
export const SEED_RANGE: NumberRange = { min: 0, max: 2 ** 32 - 1, step: 1 };
/** How many images one press makes. */
export const COUNT_RANGE: NumberRange = { min: 1, max: 64, step: 1 };

/** Between two guidance scales of the form. */
export const GUIDANCE_STEP = 0.1;

type Example = ModelEntry['examples'][number];

/** What the user is asking for, as it stands in the form. */
export class FormState {
  readonly model: ModelEntry;
  prompt = $state('');
  negativePrompt = $state('');
  covariates = $state<Record<string, number>>({});
  seedLocked = $state(false);
  numInferenceSteps = $state(0);
  guidanceScale = $state(0);
  scheduler = $state<SchedulerName>('flow-match-euler');
  count = $state(1);
  /** Modality of the chosen chip: decides which covariates are offered. */
  modality = $state('');
  showAllCovariates = $state(false);
  /** Index of the first image of the seed; above 0 only after "use these settings". */
  imageIndex = $state(0);

  #seed = $state(randomSeed());

  constructor(model: ModelEntry) {
    this.model = model;
    Object.assign(this, model.defaults);
    const [first] = model.examples;
    if (first) this.useExample(first);
  }

  /** One entry per modality, in the manifest's order. */
  get modalities(): { modality: string; examples: Example[] }[] {
    const { examples } = this.model;
    const names = examples.map(({ modality }) => modality);
    const distinct = names.filter((name, i) => names.indexOf(name) === i);
    return distinct.map((modality) => ({
      modality,
      examples: examples.filter((example) => example.modality === modality),
    }));
  }

  /** Those that mean something for the chosen modality, and any that are asked for. */
  get shownCovariates(): Covariate[] {
    const { covariates } = this.model.conditions;
    if (this.showAllCovariates) return covariates;
    return covariates.filter(
      ({ name, appliesTo }) => appliesTo.includes(this.modality) || name in this.covariates,
    );
  }

  /** The first thing in the form that cannot be asked for, in words; null where all can. */
  get problem(): string | null {
    if (this.prompt.trim() === '') return EMPTY_PROMPT;
    const { ranges, conditions } = this.model;
    const [minSteps, maxSteps] = ranges.numInferenceSteps;
    const [minGuidance, maxGuidance] = ranges.guidanceScale;
    const problems = [
      ...conditions.covariates
        .filter(({ name, choices }) => name in this.covariates && !choices)
        .map((covariate) =>
          rangeProblem(covariate.title, this.covariates[covariate.name], covariate),
        ),
      rangeProblem('Seed', this.#seed, SEED_RANGE),
      rangeProblem('Steps', this.numInferenceSteps, { min: minSteps, max: maxSteps, step: 1 }),
      rangeProblem('Guidance', this.guidanceScale, {
        ...{ min: minGuidance, max: maxGuidance, step: GUIDANCE_STEP },
      }),
      rangeProblem('Count', this.count, COUNT_RANGE),
    ];
    return problems.find((problem) => problem !== null) ?? null;
  }

  /** All of the form as text, so that a change of anything shows. */
  get fingerprint(): string {
    const { count, covariates, imageIndex, numInferenceSteps, guidanceScale, scheduler } = this;
    const numbers = { count, covariates, imageIndex, numInferenceSteps, guidanceScale };
    return JSON.stringify([this.prompt, this.negativePrompt, this.#seed, scheduler, numbers]);
  }

  get seed(): number {
    return this.#seed;
  }

  /** A seed that somebody typed is meant to stay; it starts at its first image. */
  set seed(seed: number) {
    this.#seed = seed;
    this.seedLocked = true;
    this.imageIndex = 0;
  }

  rollSeed() {
    this.#seed = randomSeed();
    this.imageIndex = 0;
  }

  useExample(example: Example) {
    this.prompt = example.prompt;
    this.negativePrompt = example.negativePrompt ?? '';
    this.covariates = { ...example.covariates };
    this.modality = example.modality;
  }

  /** Puts a covariate back to "not asked for", or asks for its middle. */
  askFor(covariate: Covariate, asked: boolean) {
    if (asked) this.covariates[covariate.name] = middle(covariate);
    else delete this.covariates[covariate.name];
  }

  /** Fills the form so that the next press repeats this very picture. */
  useSettings(request: GenerationRequest) {
    this.prompt = request.prompt;
    this.negativePrompt = request.negativePrompt;
    this.covariates = { ...request.covariates };
    this.numInferenceSteps = request.numInferenceSteps;
    this.guidanceScale = request.guidanceScale;
    this.scheduler = request.scheduler;
    this.seed = request.seed;
    this.imageIndex = request.imageIndex;
    this.count = 1;
    const example = this.model.examples.find(({ prompt }) => prompt === request.prompt);
    if (example) this.modality = example.modality;
  }

  /** The request of the first image; draws a new seed unless the seed is locked. */
  nextRequest(): GenerationRequest {
    if (!this.seedLocked) this.rollSeed();
    return {
      modelId: this.model.id,
      prompt: this.prompt.trim(),
      negativePrompt: this.negativePrompt.trim(),
      seed: this.#seed,
      imageIndex: this.imageIndex,
      numInferenceSteps: this.numInferenceSteps,
      guidanceScale: this.guidanceScale,
      scheduler: this.scheduler,
      covariates: $state.snapshot(this.covariates),
    };
  }
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

function middle({ min, max, step, choices }: Covariate): number {
  if (choices?.length) return choices[0].value;
  const steps = Math.round((max - min) / 2 / step);
  // Rounded away: 0.1 · 3 is not 0.3.
  return Number((min + steps * step).toPrecision(12));
}
