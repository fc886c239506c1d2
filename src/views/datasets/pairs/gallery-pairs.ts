import type { GeneratedImage } from '../../../contract/picture';
import type { ImageFacts } from '../../../dataset/dataset-store';
import { startingRecipe } from '../../../dataset/presets';
import type { Recipe, RecipeRow, SourceChoice } from '../../../dataset/recipe';
import { appError } from '../../../errors';
import { typedPrompt } from '../../../finetune/prompt-loras';
import { hasSource } from '../../../image/provenance';
import type { ModelEntry } from '../../../models/manifest/manifest';
import { takesEdits } from '../../../models/manifest/model-files';
import { galleryRecords } from '../../../pictures/gallery-records';
import type { GalleryState } from '../../gallery/gallery.svelte';
import { texts } from '../texts';

/**
 * A recipe that makes a pair of each of these pictures of the gallery; null where there is none that can be: those with parts of
 * an image from outside are left out, for a data set of this page holds what was made here.
 */
export function pairsOf(all: readonly ImageFacts[], entry: ModelEntry): Recipe | null {
  const own = all.filter(
    ({ modelId, pixelHash, provenance }) =>
      modelId === entry.id && pixelHash && !hasSource(provenance),
  );
  const recipe = startingRecipe(entry, null);
  if (!recipe || own.length === 0 || !takesEdits(entry)) return null;
  const alike = new Map<string | undefined, ImageFacts[]>();
  for (const one of own) {
    const key = one.lora && JSON.stringify(one.lora);
    alike.set(key, [...(alike.get(key) ?? []), one]);
  }
  return { ...recipe, title: texts.pairsOfGallery, rows: [...alike.values()].map(rowOf) };
}

/** A row of pairs that begin with pictures of one tuned model, or of none: what is changed of them is drawn with it, too. */
function rowOf(own: readonly ImageFacts[]): RecipeRow {
  const sources = own.map((facts) => ({
    title: facts.prompt,
    prompt: typedPrompt(facts),
    covariates: facts.covariates,
    sha256: facts.pixelHash!,
  }));
  const [{ prompt }] = sources;
  const [{ lora }] = own;
  const pair = { sentence: '', sources };
  const row = { count: sources.length, prompt, words: {}, covariates: {}, pair };
  return { ...row, ...(lora && { lora }) };
}

/** The picture as it was made. Throws `SourceMissing` where the gallery has it no more. */
export async function findSource(
  { sha256, title }: SourceChoice,
  gallery?: GalleryState,
): Promise<GeneratedImage> {
  const found = sha256 && gallery?.entries.find(({ pixelHash }) => pixelHash === sha256);
  if (!found) {
    throw appError(
      'SourceMissing',
      `The picture "${title.slice(0, 60)}" that a pair begins with is not in the gallery of this browser. Make the pair without ` +
        'it, or use the command line with --sources DIR.',
    );
  }
  const picture = await galleryRecords(gallery!, []).picture(found.id);
  return { ...picture!.made!, png: picture!.png };
}
