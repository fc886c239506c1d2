import type { GenerationRequest, LoraChoice } from '../../../contract/request';
import { without } from '../../../common/without';
import type { TunedModel } from '../../../finetune/finetune-store';
import { labelIn } from '../../../models/manifest/generator';
import type { Covariate, ModelEntry } from '../../../models/manifest/manifest';
import { takesAdapters } from '../../../models/manifest/model-files';
import { familyOf } from '../../../models/manifest/relatives';

/** What can draw a picture: a model, or one with what it was taught on top. */
export interface Drawer {
  /** See `drawerKey`. */
  key: string;
  title: string;
  entry: ModelEntry;
  /** By its hash; null: the model as it is. */
  lora: LoraChoice | null;
  /** False: fetched before its first picture. */
  here: boolean;
}

/** What there is to choose from. */
export interface Choices {
  /** The studio's model. */
  own: ModelEntry;
  /** Its faster and better versions, itself among them, stored or not. */
  relatives: readonly ModelEntry[];
  /** Models that are stored whole. */
  stored: readonly ModelEntry[];
  /** Tuned models that fit the studio's. */
  tuned: readonly TunedModel[];
}

/** Everything that can draw a picture of two dimensions here, the studio's model and what it was taught first. */
export function listDrawers({ own, relatives, stored, tuned }: Choices): Drawer[] {
  const here = new Set([own, ...stored].map(({ id }) => id));
  const known = [own, ...relatives, ...stored].filter(({ volume }) => !volume);
  const entries = known.filter(({ id }, i) => known.findIndex((one) => one.id === id) === i);
  const plain = (entry: ModelEntry): Drawer => {
    const key = drawerKey({ modelId: entry.id });
    return { key, title: entry.title, entry, lora: null, here: here.has(entry.id) };
  };
  const taught = tuned.map(({ facts, sha256 }): Drawer => {
    const { title, word } = facts;
    const lora: LoraChoice = { strength: 1, sha256, title, ...(word ? { word } : {}) };
    const key = drawerKey({ modelId: own.id, lora });
    return { key, title: `${own.title} + ${title}`, entry: own, lora, here: true };
  });
  return entries.flatMap((entry) =>
    entry.id === own.id ? [plain(entry), ...taught] : [plain(entry)],
  );
}

/** The same for all that one drawer draws. */
export function drawerKey({ modelId, lora }: Pick<GenerationRequest, 'modelId' | 'lora'>): string {
  return [modelId, ...(lora ? [lora.sha256, lora.strength] : [])].join(' ');
}

/**
 * The request as this drawer can take it: words, seed, source and mask as they are. Another model draws with the steps,
 * guidance and scheduler that are its standard, for those of one mean nothing to another. Covariates that it does not have
 * are left out, and so is what was learnt on top of a model of another family.
 */
export function askDrawer(
  request: GenerationRequest,
  { entry, lora }: Pick<Drawer, 'entry' | 'lora'>,
  known: readonly ModelEntry[],
): GenerationRequest {
  const { covariates, moreLoras, negativePrompt, prompt } = request;
  const asked: GenerationRequest = {
    ...without(request, 'lora', 'moreLoras', 'method', 'checked'),
    modelId: entry.id,
    covariates: Object.fromEntries(
      Object.entries(covariates).filter(([name, value]) => canAsk(entry, name, value)),
    ),
  };
  const from = known.find(({ id }) => id === request.modelId);
  if (lora) asked.lora = lora;
  if (moreLoras && from && takesAdapters(entry) && familyOf(from) === familyOf(entry)) {
    asked.moreLoras = moreLoras;
  }
  if (entry.kind === 'generator') asked.prompt = labelIn(entry.generator.labels, prompt) ?? prompt;
  if (request.modelId === entry.id) return asked;
  const { numInferenceSteps, guidanceScale, scheduler } = entry.defaults;
  const guided = entry.ranges.guidanceScale[1] > 1;
  return {
    ...without(asked, 'guidanceRescale'),
    numInferenceSteps,
    guidanceScale,
    scheduler,
    negativePrompt: guided ? negativePrompt : '',
  };
}

/** Covariates of a request, by name, that another one made of it does not ask for. */
export function leftOut(
  request: Pick<GenerationRequest, 'covariates'>,
  asked: Pick<GenerationRequest, 'covariates'>,
): string[] {
  return Object.keys(request.covariates).filter((name) => !(name in asked.covariates));
}

/** All that decides a picture, as text: equal for a request, and for what is saved of it. */
export function fingerprint(request: GenerationRequest): string {
  const { prompt, negativePrompt, seed, imageIndex, numInferenceSteps, guidanceScale } = request;
  const { scheduler, covariates, guidanceRescale = 0, mask, init, moreLoras = [] } = request;
  const sampling = [numInferenceSteps, guidanceScale, guidanceRescale, scheduler];
  const asked = Object.entries(covariates).sort(([a], [b]) => (a < b ? -1 : 1));
  const further = moreLoras.map(({ sha256, strength }) => [sha256, strength]);
  const conditions = [mask?.sha256, init?.sha256, init?.strength, further];
  const words = [prompt, negativePrompt, seed, imageIndex];
  return JSON.stringify([drawerKey(request), words, sampling, asked, conditions]);
}

function canAsk({ conditions }: ModelEntry, name: string, value: number): boolean {
  const covariate = conditions.covariates.find((one) => one.name === name);
  return covariate !== undefined && isIn(covariate, value);
}

function isIn({ min, max, choices }: Covariate, value: number): boolean {
  return choices ? choices.some((choice) => choice.value === value) : value >= min && value <= max;
}
