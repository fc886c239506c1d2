import type { GenerationRequest } from '../contract/request';
import { fill, PLACEHOLDER, type Recipe, type RecipeRow } from '../dataset/recipe';
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
  check('', [prompt], Object.keys(covariates), mask !== undefined, entry, known);
}

/** The same for every row of a recipe; what only some of its prompts can have is let pass. */
export function refuseUnfitRows(
  { rows }: Recipe,
  entry: ModelEntry,
  known: readonly ModalityPhrases[],
) {
  for (const [i, row] of rows.entries()) {
    const names = Object.keys(row.covariates);
    check(`Row ${i + 1}: `, promptsOf(row), names, row.mask !== undefined, entry, known);
  }
}

function check(
  where: string,
  prompts: string[],
  names: string[],
  masked: boolean,
  entry: ModelEntry,
  known: readonly ModalityPhrases[],
) {
  const modalities = prompts.map((prompt) => promptModality(prompt, entry, known));
  const kinds = [...new Set(modalities)].join(' or ');
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

/** The text as it is where it has no lists; else one for each word of each list. */
function promptsOf({ prompt, words }: RecipeRow): string[] {
  const lists = Object.entries(words).filter(([name]) => prompt.includes(`{${name}}`));
  const bare = (text: string) => text.replace(PLACEHOLDER, ' ');
  if (lists.length === 0) return [bare(prompt)];
  const first = Object.fromEntries(lists.map(([name, list]) => [name, list[0].value]));
  return lists.flatMap(([name, list]) =>
    list.map(({ value }) => {
      const said = { ...first, [name]: value };
      const template = prompt.replace(PLACEHOLDER, (all, one: string) => (one in said ? all : ' '));
      return fill(template, said);
    }),
  );
}
