import { EDIT_STANDARD } from '../../common/edit-standard';
import type { GeneratedImage } from '../../contract/picture';
import type { GenerationRequest } from '../../contract/request';
import { createPlan, numImages, type PlannedImage, type Recipe } from '../../dataset/recipe';
import { appError } from '../../errors';
import { saidLabels } from '../../evaluation/said-labels';
import type { ModelEntry } from '../../models/manifest/manifest';
import { promptModality } from '../../models/manifest/prompt-modality';
import { asSource } from '../../pictures/made-here';
import { readSource } from '../../pictures/source-image';
import { editBySentence, inWords, type Vocabulary } from './edit-sentence';

/** A change that a sentence asks for. */
export interface Change {
  sentence: string;
  push?: number;
}

/**
 * The request for what an image becomes: `request` says what it shows, the sentence what is to change. Its pixels are still to
 * come (`startingFrom`). Throws `RequestInvalid` for a sentence that names no change.
 */
export function changed(
  request: GenerationRequest,
  { sentence, push }: Change,
  vocabulary: Vocabulary,
): GenerationRequest {
  const shown = inWords(request.prompt, request.covariates, vocabulary.entry);
  const after = editBySentence(sentence, shown, vocabulary);
  const edit = { ...shown, sentence: sentence.trim(), ...(push !== undefined && { push }) };
  return { ...request, ...after, edit };
}

/** The request with a picture of this app as what it starts from. */
export async function startingFrom(
  request: GenerationRequest,
  { png, provenance }: Pick<GeneratedImage, 'png' | 'provenance'>,
  entry: ModelEntry,
  strength: number = EDIT_STANDARD.strength,
): Promise<GenerationRequest> {
  const { rgb } = await readSource(png, entry, { fit: 'crop' });
  return { ...request, init: { rgb, strength, from: asSource(provenance) } };
}

/** The second image of a pair, as its recipe asks for it: the request without pixels, and the class that it is to be of. */
export interface SecondImage {
  request: GenerationRequest;
  label: string;
}

/** Of any other image null. */
export function secondImage(
  { request, label, pair }: PlannedImage,
  vocabulary: Vocabulary,
): SecondImage | null {
  const { change } = pair ?? {};
  if (!change) return null;
  const kind = promptModality(
    request.prompt,
    vocabulary.entry,
    vocabulary.labels?.modalities ?? [],
  );
  const named = vocabulary.labels && saidLabels(change.sentence, vocabulary.labels, kind);
  return {
    request: changed(request, change, vocabulary),
    label: change.label ?? named?.phrase ?? label,
  };
}

/** Words repeat after that many pairs of a row, or nearly so. */
const LOOKED_AT = 100;

/** Throws `RequestInvalid` for the first row with a pair whose sentence names no change that can be asked for. */
export function refuseUnknownChanges(recipe: Recipe, vocabulary: Vocabulary) {
  if (!recipe.rows.some(({ pair }) => pair)) return;
  const plan = createPlan(recipe);
  let start = 0;
  for (const [i, row] of recipe.rows.entries()) {
    const pairs = row.pair ? Math.min(row.count, LOOKED_AT) : 0;
    for (let j = 0; j < pairs; j++) {
      try {
        secondImage(plan.image(start + 2 * j + 1), vocabulary);
      } catch (error) {
        const { name, message } = error as Error;
        if (name !== 'RequestInvalid') throw error;
        throw appError(name, `Row ${i + 1}: ${message}`, error);
      }
    }
    start += numImages(row);
  }
}
