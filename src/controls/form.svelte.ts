import type { GenerationRequest, SchedulerName } from '../contract/request';
import { EMPTY_PROMPT } from '../errors';
import type { Covariate, ModelEntry } from '../models/manifest/manifest';
import type { FeatureNetwork } from '../models/manifest/networks';
import { labelIn } from '../models/manifest/generator';
import { examplesByModality, promptModality } from '../models/manifest/prompt-modality';
import { schedulerId, schedulerTitle } from '../models/manifest/scheduler-names';
import { CheckForm } from './check-form.svelte';
import {
  COUNT_RANGE,
  GUIDANCE_STEP,
  isWithin,
  middle,
  randomSeed,
  rangeProblem,
  RESCALE_STEP,
  SEED_RANGE,
} from './number-range';
import {
  promptInStep,
  shownFor,
  valueInPrompt,
  whyNoMaskFor,
  whyNotFor,
} from './prompt-covariates';
import { texts } from './texts';

type Example = ModelEntry['examples'][number];

/** What the user is asking for, as it stands in the form. */
export class FormState {
  readonly model: ModelEntry;
  readonly check: CheckForm;
  prompt = $state('');
  negativePrompt = $state('');
  covariates = $state<Record<string, number>>({});
  seedLocked = $state(false);
  numInferenceSteps = $state(0);
  guidanceScale = $state(0);
  guidanceRescale = $state(0);
  scheduler = $state<SchedulerName>('');
  count = $state(1);
  /** Modality of the chosen chip: decides which covariates are offered. */
  modality = $state('');
  showAllCovariates = $state(false);
  /** Index of the first image of the seed; above 0 only after "use these settings". */
  imageIndex = $state(0);

  #seed = $state(randomSeed());
  /** What the prompt said of each covariate when it was last read. */
  #heard: Record<string, number | null> = {};

  constructor(model: ModelEntry, checker: FeatureNetwork | null = null) {
    this.model = model;
    this.check = new CheckForm(checker);
    Object.assign(this, model.defaults);
    const [first] = model.examples;
    if (first) this.useExample(first);
  }

  /** Whether guidance can be chosen; a distilled model has it in its weights, and so no negative prompt either. */
  get guided(): boolean {
    return this.model.ranges.guidanceScale[1] > 1;
  }

  /** The samplers to choose from, by id, with what they are called. */
  get schedulers(): { id: SchedulerName; title: string }[] {
    return this.model.schedulers.map((config) => {
      return { id: schedulerId(config), title: schedulerTitle(config) };
    });
  }

  /** One entry per modality, in the manifest's order. */
  get modalities(): { modality: string; examples: Example[] }[] {
    return examplesByModality(this.model);
  }

  /** Those that mean something for this kind of image, and any that are asked for. */
  get shownCovariates(): Covariate[] {
    const { covariates } = this.model.conditions;
    if (this.showAllCovariates) return covariates;
    return shownFor(covariates, [this.kind || null], Object.keys(this.covariates));
  }

  /** The kind of image that the prompt names, else that of the chosen chip. */
  readonly kind: string = $derived.by(() => {
    const known = this.check.network?.labels?.modalities ?? [];
    return promptModality(this.prompt, this.model, known) ?? this.modality;
  });

  /** Why a covariate means nothing here; empty where it does. */
  whyNot(covariate: Covariate): string {
    return whyNotFor(covariate, [this.kind || null]);
  }

  /** The same of a mask. */
  get whyNoMask(): string {
    return whyNoMaskFor(this.model, [this.kind || null]);
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
      rangeProblem(texts.seed, this.#seed, SEED_RANGE),
      rangeProblem(texts.steps, this.numInferenceSteps, { min: minSteps, max: maxSteps, step: 1 }),
      rangeProblem(texts.guidance, this.guidanceScale, {
        min: minGuidance,
        max: maxGuidance,
        step: GUIDANCE_STEP,
      }),
      rangeProblem(texts.rescale, this.guidanceRescale, {
        min: 0,
        max: ranges.guidanceRescale?.[1] ?? 0,
        step: RESCALE_STEP,
      }),
      rangeProblem(texts.count, this.count, COUNT_RANGE),
      this.check.problem,
    ];
    return problems.find((problem) => problem !== null) ?? null;
  }

  /** All of the form as text, so that a change of anything shows. */
  get fingerprint(): string {
    const { count, covariates, imageIndex, numInferenceSteps, scheduler } = this;
    const guidance = [this.guidanceScale, this.guidanceRescale];
    const check = this.check.contents;
    const numbers = { count, covariates, imageIndex, numInferenceSteps, guidance, check };
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
    this.covariates = {};
    this.#heard = {};
    this.followPrompt();
    Object.assign(this.covariates, example.covariates);
    this.modality = example.modality;
  }

  /** Puts a covariate back to "not asked for", or asks for what the prompt says, else for its middle. */
  askFor(covariate: Covariate, asked: boolean) {
    if (asked) this.covariates[covariate.name] = this.#said(covariate) ?? middle(covariate);
    else delete this.covariates[covariate.name];
  }

  /** Lets the prompt say what a covariate was set to, if it says anything about it. */
  followCovariate(covariate: Covariate) {
    const value = this.covariates[covariate.name];
    const usable = covariate.choices ? value !== undefined : isWithin(value, covariate);
    if (usable) this.prompt = promptInStep(this.prompt, covariate, value);
    this.#heard = this.#listen();
  }

  /** Asks for what the prompt has come to say of covariates, and no more for what it has ceased to say. */
  followPrompt() {
    const before = this.#heard;
    this.#heard = this.#listen();
    for (const [name, value] of Object.entries(this.#heard)) {
      if (value === before[name]) continue; // what was set or taken back by hand stays
      if (value !== null) this.covariates[name] = value;
      else if (this.covariates[name] === before[name]) delete this.covariates[name];
    }
  }

  /** What the prompt says of each covariate, null where nothing. */
  #listen(): Record<string, number | null> {
    const { covariates } = this.model.conditions;
    return Object.fromEntries(covariates.map((one) => [one.name, this.#said(one)]));
  }

  /** What the prompt says of a covariate, where that can be asked for. */
  #said(covariate: Covariate): number | null {
    const value = valueInPrompt(this.prompt, covariate);
    return covariate.choices || isWithin(value, covariate) ? value : null;
  }

  /** Fills the form so that the next press repeats this very picture. */
  useSettings(request: GenerationRequest) {
    this.prompt = this.#worded(request.prompt);
    this.negativePrompt = this.guided ? request.negativePrompt : '';
    this.covariates = { ...request.covariates };
    // Those of a picture that was drawn in one step say nothing of these.
    const oneStep = this.model.kind === 'generator' || request.method !== undefined;
    const sampling = oneStep ? this.model.defaults : request;
    this.numInferenceSteps = sampling.numInferenceSteps;
    // A picture of another model may have had guidance where this one offers no choice.
    this.guidanceScale = this.guided ? sampling.guidanceScale : this.model.defaults.guidanceScale;
    this.guidanceRescale = this.model.ranges.guidanceRescale ? (request.guidanceRescale ?? 0) : 0;
    const known = this.schedulers.some(({ id }) => id === request.scheduler);
    this.scheduler = known ? request.scheduler : this.model.defaults.scheduler;
    this.seed = request.seed;
    this.imageIndex = request.imageIndex;
    this.count = 1;
    this.check.useResult(request.checked);
    const example = this.model.examples.find(({ prompt }) => prompt === request.prompt);
    if (example) this.modality = example.modality;
    this.#heard = this.#listen(); // this very picture, even where prompt and covariates disagree
  }

  /** All that was typed and chosen, as plain data. */
  get contents() {
    return {
      prompt: this.prompt,
      negativePrompt: this.negativePrompt,
      numInferenceSteps: this.numInferenceSteps,
      guidanceScale: this.guidanceScale,
      scheduler: this.scheduler,
      count: this.count,
      modality: this.modality,
      showAllCovariates: this.showAllCovariates,
      seed: this.seed,
      guidanceRescale: this.guidanceRescale,
      // After the seed, for setting that one changes these two.
      seedLocked: this.seedLocked,
      imageIndex: this.imageIndex,
      covariates: $state.snapshot(this.covariates),
      checking: this.check.contents,
    };
  }

  set contents({ checking, ...contents }) {
    Object.assign(this, { ...contents, prompt: this.#worded(contents.prompt) });
    this.check.contents = checking;
    this.#heard = this.#listen();
  }

  /** Words as this model takes them: of a generator the label that they name, or else the one that is chosen. */
  #worded(prompt: string): string {
    if (this.model.kind !== 'generator') return prompt;
    const { labels } = this.model.generator;
    return labelIn(labels, prompt) ?? labelIn(labels, this.prompt) ?? labels[0];
  }

  /** As it was when the page opened. */
  clear() {
    this.contents = new FormState(this.model, this.check.network).contents;
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
      ...(this.guidanceRescale > 0 ? { guidanceRescale: this.guidanceRescale } : {}),
      scheduler: this.scheduler,
      covariates: $state.snapshot(this.covariates),
      ...this.#checkChoice(),
    };
  }

  /** A prompt that names no label is drawn as it is, and the form says so. */
  #checkChoice(): Pick<GenerationRequest, 'check'> {
    const { choice } = this.check;
    if (!choice || this.check.asked(this.prompt).length === 0) return {};
    return { check: choice };
  }

  /** What the check will look for, or why there is nothing to check. */
  get checkSays(): string {
    const asked = this.check.asked(this.prompt);
    return asked.length > 0 ? texts.drawsUntil(asked) : texts.thereNothingToCheck;
  }
}
