import { randomSeed } from '../../../controls/number-range';
import type { DroppedFile } from '../../../contract/download';
import type { TunedModel } from '../../../finetune/finetune-store';
import type { StudioState } from '../../../shell/studio.svelte';
import type { FinetuneState } from '../finetune.svelte';
import { recipeOf } from './tuned-recipe';

/** Chooses a tuned model in the studio, with the prompt that most of its training images had. */
export async function useInStudio(
  studio: StudioState,
  { tuned, results }: FinetuneState,
  model: TunedModel,
) {
  const [first] = await results.promptsOf(model);
  await tuned.choose(model.id);
  if (first) {
    studio.form.prompt = first.prompt;
    studio.form.followPrompt();
  }
  studio.show('studio');
}

/** Opens a new recipe of 200 images with a tuned model and its training captions as prompts. */
export async function writeRecipe(
  studio: StudioState,
  { results }: FinetuneState,
  model: TunedModel,
) {
  const captions = await results.promptsOf(model);
  const { prompt } = studio.form;
  const prompts = captions.length > 0 ? captions : [{ caption: '', prompt, count: 1 }];
  const datasets = await studio.openDatasets();
  datasets.writeLike({ recipe: recipeOf(model, prompts, studio.entry, randomSeed()) });
  studio.show('datasets');
}

/**
 * Opens Evaluate with a tuned model's pictures as the synthetic ones: a data set made with it, else pictures of the
 * gallery, else the samples of its run, whichever are most. The images that it was trained on stand against them where
 * this visit has them; else the form asks for them.
 */
export async function evaluateTuned(
  studio: StudioState,
  { results }: FinetuneState,
  model: TunedModel,
) {
  const { samples, trainedOn, heldOut } = await results.imagesOf(model);
  studio.show('evaluate');
  await studio.evaluating.open();
  const evaluation = studio.evaluating.current;
  if (!evaluation) return;
  await evaluation.kept.show(null);
  evaluation.readerTest = null;

  const { title } = model.facts;
  const made = studio.gallery.entries
    .filter(({ request }) => request.lora?.sha256 === model.sha256)
    .map(({ png }) => png);
  const pictures = made.length > samples.length ? made : samples.map(({ png }) => png);
  const set = datasetOf(studio, model);
  if (set && set.count >= pictures.length) evaluation.chooseStored('synthetic', set.id);
  else if (pictures.length > 0) evaluation.chooseFolder('synthetic', asFiles(title, pictures));
  else evaluation.choose('synthetic', null);

  const folder = (files: DroppedFile[]) =>
    files.map(({ path, file }) => ({ path: `${title}/${path.replaceAll('/', ' ')}`, file }));
  if (trainedOn.length > 0) evaluation.chooseFolder('real', folder(trainedOn));
  else evaluation.choose('real', null);
  if (heldOut.length > 0) evaluation.chooseFolder('holdout', folder(heldOut));
  else evaluation.choose('holdout', null);
  evaluation.trainedOnOf = title;
}

/** The largest data set that was made with this model alone. */
function datasetOf({ datasets }: StudioState, { sha256 }: TunedModel) {
  const { sets = [], numDone = {} } = datasets?.queue ?? {};
  return sets
    .filter(({ recipe }) => recipe?.rows.every(({ lora }) => lora?.sha256 === sha256))
    .map(({ id }) => ({ id, count: numDone[id] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .at(0);
}

function asFiles(title: string, pngs: readonly Blob[]): DroppedFile[] {
  return pngs.map((png, i) => {
    const name = `${String(i + 1).padStart(4, '0')}.png`;
    return { path: `${title}/${name}`, file: new File([png], name, { type: 'image/png' }) };
  });
}
