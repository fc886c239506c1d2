import { loraTags } from '../common/lora-tag';
import type { GeneratedImage } from '../contract/picture';
import { secondImage, refuseUnknownChanges, startingFrom } from '../controls/edit/pair';
import { datasetFiles } from '../dataset/export-dataset';
import type { LoadedItem } from '../dataset/dataset-item';
import type { ImageFileFormat } from '../dataset/formats/format';
import type { LayoutName } from '../dataset/layouts/layout';
import { describeExport, toRecord } from '../dataset/export-items';
import { parseRecipe } from '../dataset/parse-recipe';
import { createPlan, type PlannedImage, type Recipe } from '../dataset/recipe';
import { appError } from '../errors';
import { readStoredMask } from '../dataset/stored-mask';
import { validateRecipe } from '../dataset/validate-recipe';
import { modelHash } from '../models/manifest/located-model';
import type { ModelEntry } from '../models/manifest/manifest';
import { differencePng } from '../pictures/difference-png';
import { withNucleiMask } from '../pictures/draw-nuclei-mask';
import type { CliHost } from './conditions';
import { numFromSources, readPairSource, refuseUnaskedSources } from './pair-sources';
import { refuseUnfitRows } from './fits-modality';
import { refuseUnknownWords } from './words';

/** Given at build time: package.json's. */
declare const __APP_VERSION__: string;

/** As in the page's export. */
const SHARES = { train: 0.7, validation: 0.1, test: 0.2 };

/** How a recipe's files are written. */
export interface CliRecipeOptions {
  format: ImageFileFormat;
  layout?: LayoutName;
  /** How many images may show a picture of another source. */
  acceptCopies?: number;
}

/** All images of a recipe, one after the other, with labels, masks, metadata and hashes. */
export async function makeRecipe(
  host: CliHost,
  text: string,
  { format, layout, acceptCopies = 0, signal }: CliRecipeOptions & { signal?: AbortSignal },
) {
  const recipe = parseRecipe(text);
  const entry = await host.findEntry(recipe.modelId);
  validateRecipe(recipe, entry);
  refuseTunedRows(recipe);
  refuseUnfitRows(recipe, entry, await host.modalities());
  const vocabulary = { entry, labels: await host.labels() };
  refuseUnknownChanges(recipe, vocabulary);
  await refuseUnknownWords(host, recipe, entry);
  refuseUnaskedSources(recipe, acceptCopies);
  const plan = createPlan(recipe);
  const [hash, createdAt] = [await modelHash(entry), new Date()];
  const planned = Array.from({ length: plan.total }, (_, k) => plan.image(k));
  const asked = planned.map((one) => ({ ...one, ...secondImage(one, vocabulary) }));
  const facts = asked.map(({ index, label, request }) => {
    const { prompt, seed, covariates, modelId } = request;
    return { index, label, prompt, seed, covariates, modelId, modelHash: hash, createdAt };
  });
  const draw = drawing(host, entry);
  const outside = numFromSources(recipe);
  const records = facts.map((one) => toRecord(plan, recipe, one));
  for (const [k, { pair }] of asked.entries()) {
    // Every file of a terminal is from outside, and so is what is made of it.
    const source = pair?.source ?? planned[pair?.first ?? k].pair?.source;
    if (source) records[k].provenance = { origin: 'outside' };
  }
  const items = asked.map((one, k) => ({
    record: records[k],
    load: () => draw(one),
  }));
  const description = {
    ...describeExport(recipeSet(recipe), entry, facts, __APP_VERSION__, hash),
    ...(outside > 0 && { sources: { outside, unknown: 0 } }),
  };
  const options = { format, layout, shares: SHARES, seed: recipe.seed, signal };
  for await (const { path, blob } of datasetFiles(items, description, options)) {
    await host.saveFile(path, await host.toBase64(blob));
  }
}

/** Throws `RequestInvalid` for the first row that wants factors: a recipe names them, and a terminal has no list of them. */
export function refuseTunedRows({ rows }: Recipe) {
  const tagsOf = ({ prompt, words }: Recipe['rows'][number]) =>
    [prompt, ...Object.values(words).flatMap((list) => list.map(({ value }) => value))].flatMap(
      loraTags,
    );
  const at = rows.findIndex((row) => row.lora || tagsOf(row).length > 0);
  if (at < 0) return;
  const { lora } = rows[at];
  throw appError(
    'RequestInvalid',
    `Row ${at + 1} uses ${lora ? `the tuned model "${lora.title}"` : tagsOf(rows[at])[0]}, which a recipe on the command line cannot ` +
      'find (expected rows of the model as it is). Make that row in the page, or pictures of one prompt with --lora FILE.',
  );
}

type FirstImage = Pick<GeneratedImage, 'png' | 'provenance'>;

/** Draws images in the order of their recipe: the second of a pair right after the first, which it is made of. */
function drawing(host: CliHost, entry: ModelEntry) {
  let last: { index: number; image: FirstImage | null } = { index: -1, image: null };

  return async (asked: PlannedImage): Promise<LoadedItem | null> => {
    const { index, pair } = asked;
    if (pair?.source) {
      const image = await readPairSource(host, pair.source, entry);
      last = { index, image };
      return { ...image, made: { seed: asked.request.seed, provenance: image.provenance } };
    }
    const first = pair?.change && last.index === pair.first ? last.image : null;
    const { request, mask } = withNucleiMask(asked, entry.image);
    // Nothing becomes of a picture that was never confirmed.
    const image =
      pair?.change && !first
        ? null
        : await host
            .make(
              first ? await startingFrom(request, first, entry, pair?.change?.strength) : request,
            )
            .catch(unlessNotConfirmed);
    last = { index, image };
    if (!image) return null;
    const { png, volume, provenance } = image;
    const { seed, checked } = image.request;
    const made = { seed, ...(checked ? { checked } : {}) };
    if (volume) return { png, volume, made };
    if (first) {
      const difference = await differencePng(first.png, png, entry);
      return { png, difference, made: { ...made, ...(provenance && { provenance }) } };
    }
    return mask ? { png, made, mask: await readStoredMask(mask) } : { png, made };
  };
}

/** Such an image is left out, and the data card says so. */
function unlessNotConfirmed(error: Error): null {
  if (error.name === 'NotConfirmed') return null;
  throw error;
}

/** What describes the export of a recipe. */
export function recipeSet(recipe: Recipe) {
  return { title: recipe.title || 'Data set', recipe };
}
