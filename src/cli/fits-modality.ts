import type { GenerationRequest } from '../contract/request';
import type { Recipe } from '../dataset/recipe';
import { rowModalities } from '../dataset/recipe-words';
import { appError } from '../errors';
import type { ModelEntry } from '../models/manifest/manifest';
import {
  fitsModality,
  promptModality,
  takesMask,
  type ModalityPhrases,
} from '../models/manifest/prompt-modality';

/**
 * Throws `RequestInvalid` for a covariate or a mask that means nothing for the kind of image that the prompt names. The page
 * folds those away and tells why; a terminal has nobody to tell before the pictures are made.
 */
export function refuseUnfit(
  { prompt, covariates, mask }: Pick<GenerationRequest, 'prompt' | 'covariates' | 'mask'>,
  entry: ModelEntry,
  known: readonly ModalityPhrases[],
) {
  check(
    '',
    [promptModality(prompt, entry, known)],
    Object.keys(covariates),
    mask !== undefined,
    entry,
  );
}

/** The same for every row of a recipe; what only some of its prompts can have is let pass. */
export function refuseUnfitRows(
  { rows }: Recipe,
  entry: ModelEntry,
  known: readonly ModalityPhrases[],
) {
  for (const [i, row] of rows.entries()) {
    const names = Object.keys(row.covariates);
    check(`Row ${i + 1}: `, rowModalities(row, entry, known), names, row.mask !== undefined, entry);
  }
}

function check(
  where: string,
  modalities: (string | null)[],
  names: string[],
  masked: boolean,
  entry: ModelEntry,
) {
  const kinds = modalities.join(' or ');
  const { covariates, mask } = entry.conditions;
  for (const covariate of covariates.filter(({ name }) => names.includes(name))) {
    if (modalities.some((modality) => fitsModality(covariate, modality))) continue;
    const fitting = covariates.filter((one) => modalities.some((kind) => fitsModality(one, kind)));
    const expected = fitting.map(({ name }) => name).join(', ') || 'none';
    throw appError(
      'RequestInvalid',
      `${where}The covariate ${covariate.name} means nothing for the kind of image that the prompt names, ${kinds} (expected ` +
        `${expected}, got ${covariate.name}, which is for ${covariate.appliesTo.join(', ')}). Leave it out, or change the prompt.`,
    );
  }
  if (!masked || modalities.some((modality) => takesMask(entry, modality))) return;
  throw appError(
    'RequestInvalid',
    `${where}A mask means nothing for the kind of image that the prompt names, ${kinds} (expected ` +
      `${mask?.modalities.join(', ')}). Leave it out, or change the prompt.`,
  );
}
