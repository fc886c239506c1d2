import { covariateVectors } from '../diffusion/conditioning';
import { isWord, withWord } from '../diffusion/text/learned-word';
import type { DiffusionModel } from '../diffusion/model';
import { appError } from '../errors';
import { toModelInput } from '../image/model-input';
import { readImage } from '../image/read-image';
import { defaultWindow } from '../image/window-level';
import { nextTask } from '../common/next-task';
import type { TrainingItem } from './draw-batch';
import type { FinetuneItem, FinetuneSettings, KeptPart } from './run';

/** An image that was read, encoded and captioned. */
export interface EncodedItem extends TrainingItem {
  caption: string;
  /** Its place in the run's items. */
  index: number;
}

/** Where images come from, and where their latents go. */
export interface EncodeHooks {
  read: (index: number) => Promise<Blob>;
  keep: (part: KeptPart) => Promise<void>;
  onDone: (done: number) => void;
}

/**
 * Latents and prompt embeds of every image that can be read; what was encoded in an earlier start is not asked for again.
 * An image that cannot be read is noted and left out.
 */
export async function encodeItems(
  model: DiffusionModel,
  items: readonly FinetuneItem[],
  settings: Pick<FinetuneSettings, 'mirror' | 'fit' | 'word'>,
  { read, keep, onDone }: EncodeHooks,
): Promise<EncodedItem[]> {
  const { word } = settings;
  if (word) await checkWord(model, word);
  const embed = captionEncoder(model);
  const encoded: EncodedItem[] = [];
  for (const [index, item] of items.entries()) {
    await nextTask();
    onDone(index);
    if (item.skipped !== undefined) continue;
    const known = item.latents && { latents: item.latents, mirrored: item.mirrored };
    const found = known ?? (await encodeOne(model, settings, index, { read, keep }));
    if (!found) continue;
    const { values, present } = covariateVectors(
      model.entry.conditions.covariates,
      item.covariates,
    );
    const caption = word ? withWord(item.caption, word) : item.caption;
    encoded.push({
      ...found,
      index,
      caption,
      promptEmbeds: await embed(caption),
      ...(word ? { wordPlaces: model.placesOf(caption, word) } : {}),
      covariates: values,
      covariatesPresent: present,
    });
  }
  return encoded;
}

/** null: this one cannot be read, and was noted. Rejects with `RequestInvalid` where its folder has to be chosen again. */
async function encodeOne(
  model: DiffusionModel,
  { mirror, fit }: Pick<FinetuneSettings, 'mirror' | 'fit'>,
  index: number,
  { read, keep }: Pick<EncodeHooks, 'read' | 'keep'>,
) {
  const { width, height } = model.entry.image;
  const leaveOut = async (error: unknown) => {
    await keep({ kind: 'skipped', index, message: (error as Error).message });
    return null;
  };
  const file = await read(index).catch((error: Error) => {
    if (error.name === 'RequestInvalid') throw error; // nobody has looked at the image
    return leaveOut(error);
  });
  if (!file) return null;
  let input: Float32Array<ArrayBuffer>;
  try {
    const image = await readImage(file);
    const view = { window: defaultWindow(image), invert: false };
    input = toModelInput(image, view, { width, height, fit });
  } catch (error) {
    return leaveOut(error);
  }
  const latents = await encodeToLatents(model, input);
  const other = mirror ? await encodeToLatents(model, mirrorRows(input, width)) : undefined;
  const found = other ? { latents, mirrored: other } : { latents };
  await keep({ kind: 'latents', index, ...found });
  return found;
}

async function encodeToLatents(model: DiffusionModel, input: Float32Array) {
  return new Float32Array(await model.encodeImage(input));
}

/** [planes, height, width] with left and right exchanged. */
export function mirrorRows(input: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const mirrored = new Float32Array(input.length);
  for (let i = 0; i < input.length; i++) {
    const x = i % width;
    mirrored[i] = input[i - x + width - 1 - x];
  }
  return mirrored;
}

/** A word that the model knows stands for something already. Throws `RequestInvalid`. */
async function checkWord(model: DiffusionModel, word: string) {
  const { unknownWords } = await encodeCaption(model, word);
  if (unknownWords.length > 0 && isWord(word)) return;
  throw appError(
    'RequestInvalid',
    `"${word}" cannot be learned as a new word (expected one that the model does not know, of letters and digits). ` +
      'Make one up, as zq1, or leave it empty.',
  );
}

function encodeCaption(model: DiffusionModel, caption: string) {
  const { id: modelId, defaults } = model.entry;
  const { numInferenceSteps, scheduler } = defaults;
  return model.encodeConditions({
    modelId,
    prompt: caption,
    negativePrompt: '',
    seed: 0,
    imageIndex: 0,
    covariates: {},
    numInferenceSteps,
    scheduler,
    guidanceScale: 1,
  });
}

/** [tokens · hidden] of a caption, each encoded once. */
export function captionEncoder(model: DiffusionModel): (caption: string) => Promise<Float32Array> {
  const known = new Map<string, Float32Array>();
  return async (caption) => {
    const found = known.get(caption);
    if (found) return found;
    const { promptEmbeds } = await encodeCaption(model, caption);
    known.set(caption, promptEmbeds);
    return promptEmbeds;
  };
}
