import type { GenerationRequest } from '../contract/request';
import { maskInput, maskPlanes } from '../image/mask';
import type { Covariate, DiffusionEntry } from '../models/manifest/manifest';
import type { PromptEmbeds } from './text/text-encoder';

/** What a UNet batch is told besides latents and timestep; every array has `batch` rows, unconditional first. */
export interface Conditions {
  /** 1, or 2 with guidance. */
  batch: number;
  /** [batch, tokens, hidden], and these dims. */
  promptEmbeds: Float32Array;
  promptEmbedsDims: number[];
  /** [batch, width]: each text in one vector; absent: the model has one text encoder. */
  pooledEmbeds?: Float32Array;
  /** [6]: height and width of a picture that was never scaled, where it was cut (0, 0), height and width again. */
  timeIds?: Float32Array;
  /** [batch, covariates], −1…1. */
  covariates: Float32Array;
  /** [batch, covariates], 0 or 1. */
  covariatesPresent: Float32Array;
  /**
   * What the UNet sees of an instance mask, [batch, 2, size, size] in 0…1, or of a volume's label map, [batch, 2, x, y, z]; none of
   * it in the unconditional row.
   */
  mask?: Float32Array;
  /** [batch], 0 or 1. */
  maskPresent?: Float32Array;
  /** Words of the prompt that the model does not know, in order. */
  unknownWords: string[];
  /** Words of the prompt beyond what the text encoder reads, in order. */
  ignoredWords: string[];
}

/** Whether a request needs the unconditional row: a scale of 1 would only multiply its weight by 0. */
export function isGuided({ guidanceScale }: Pick<GenerationRequest, 'guidanceScale'>): boolean {
  return guidanceScale > 1;
}

/**
 * A model's covariates as two vectors in the manifest's order: `values` scaled from min…max to −1…1 and 0 where
 * absent, `present` 1 where a value was asked for.
 */
export function covariateVectors(covariates: readonly Covariate[], asked: Record<string, number>) {
  const values = new Float32Array(covariates.length);
  const present = new Float32Array(covariates.length);
  for (const [i, { name, min, max }] of covariates.entries()) {
    if (asked[name] === undefined) continue;
    values[i] = (2 * (asked[name] - min)) / (max - min) - 1;
    present[i] = 1;
  }
  return { values, present };
}

/**
 * Joins what a request asks for into one batch. With guidance row 0 is the negative prompt without covariates and
 * row 1 what was asked for; without it there is one row.
 */
export function buildConditions(
  entry: DiffusionEntry,
  request: Pick<GenerationRequest, 'covariates'>,
  conditional: PromptEmbeds,
  unconditional: PromptEmbeds | null,
): Conditions {
  const { values, present } = covariateVectors(entry.conditions.covariates, request.covariates);
  const absent = new Float32Array(values.length);
  const [, ...tokenDims] = conditional.dims;
  const { unknownWords, ignoredWords } = conditional;
  const shared = {
    unknownWords,
    ignoredWords,
    ...addedConditions(entry, conditional, unconditional),
  };
  if (!unconditional) {
    return {
      ...shared,
      batch: 1,
      promptEmbeds: conditional.embeds,
      promptEmbedsDims: conditional.dims,
      covariates: values,
      covariatesPresent: present,
    };
  }
  return {
    ...shared,
    batch: 2,
    promptEmbeds: concat(unconditional.embeds, conditional.embeds),
    promptEmbedsDims: [2, ...tokenDims],
    covariates: concat(absent, values),
    covariatesPresent: concat(absent, present),
  };
}

/** What SDXL's UNet is told besides: section 2.2 of https://arxiv.org/abs/2307.01952, in diffusers' order. */
function addedConditions(
  { image: { width, height } }: DiffusionEntry,
  { pooled }: PromptEmbeds,
  unconditional: PromptEmbeds | null,
): Pick<Conditions, 'pooledEmbeds' | 'timeIds'> {
  if (!pooled) return {};
  const pooledEmbeds = unconditional ? concat(unconditional.pooled!, pooled) : pooled;
  return { pooledEmbeds, timeIds: Float32Array.of(height, width, 0, 0, height, width) };
}

/** The same with an instance mask, which only the conditional row sees: training/model/sample.py. */
export function withMask(
  conditions: Conditions,
  { image, volume, conditions: { mask: facts } }: DiffusionEntry,
  labels: Uint16Array<ArrayBuffer>,
): Conditions {
  const planes = volume
    ? partPlanes(labels)
    : maskInput(maskPlanes({ ...image, values: labels }, facts!.size));
  const present = Float32Array.of(1);
  if (conditions.batch === 1) return { ...conditions, mask: planes, maskPresent: present };
  return {
    ...conditions,
    mask: concat(new Float32Array(planes.length), planes),
    maskPresent: concat(new Float32Array(1), present),
  };
}

/** What the network sees of a volume's label map: [2, x, y, z], 1 in the first part and 1 in the second. */
function partPlanes(labels: Uint16Array): Float32Array<ArrayBuffer> {
  const planes = new Float32Array(2 * labels.length);
  for (const [i, label] of labels.entries()) {
    if (label > 0) planes[(label - 1) * labels.length + i] = 1;
  }
  return planes;
}

/** One array after the other: two rows of a batch. */
export function concat(first: Float32Array, second: Float32Array): Float32Array {
  const joined = new Float32Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
