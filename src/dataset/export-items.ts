import type { GenerationRequest, LoraChoice } from '../contract/request';
import type { ModelEntry } from '../models/manifest/manifest';
import type { DatasetDescription, DatasetItem, ImageRecord, InstanceMask } from './dataset-item';
import type { Dataset, DatasetStore, ImageFacts, StoredMask } from './dataset-store';
import { createPlan, type Plan, type PlannedPair, type Recipe, type TunedChoice } from './recipe';

/** Images of a recipe as an export takes them: each picture is read from the store when its turn comes. */
export function exportItems(
  store: DatasetStore,
  recipe: Recipe,
  facts: readonly ImageFacts[],
  readMask: (mask: StoredMask) => Promise<InstanceMask>,
  difference: (first: Blob, second: Blob) => Promise<Blob>,
): DatasetItem[] {
  const plan = createPlan(recipe);
  return facts.map((one) => ({
    record: toRecord(plan, recipe, one),
    load: async () => {
      const picture = await store.picture(one.id);
      if (!picture) throw new Error(`The picture of image ${one.index} is gone.`);
      const { png, mask, made } = picture;
      if (made?.volume) return { png, volume: made.volume };
      if (mask) return { png, mask: await readMask(mask) };
      // Of an image of a recipe the parent is the first of its pair; deleted for good, it leaves nothing to compare with.
      const first = one.parentId && (await store.picture(one.parentId));
      return first ? { png, difference: await difference(first.png, png) } : { png };
    },
  }));
}

/** What of an image its labels say. */
export type RecordFacts = Pick<
  ImageFacts,
  | 'index'
  | 'label'
  | 'prompt'
  | 'seed'
  | 'covariates'
  | 'modelId'
  | 'modelHash'
  | 'createdAt'
  | 'checked'
  | 'drawn'
  | 'lora'
  | 'moreLoras'
  | 'provenance'
>;

/** The labels of an image of a recipe. */
export function toRecord(plan: Plan, recipe: Recipe, facts: RecordFacts): ImageRecord {
  const { index, label, prompt, seed, covariates, modelId, modelHash, createdAt, checked } = facts;
  const { drawn, moreLoras } = facts;
  const { row, request, pair } = plan.image(index);
  const lora = drawn ? facts.lora : recipe.rows[row].lora;
  const drawnFrom = recipe.rows[row].mask ? 'mask' : 'text';
  return {
    id: fileId(index),
    row,
    label,
    prompt,
    seed,
    covariates,
    modelId,
    modelHash,
    createdAt,
    negativePrompt: request.negativePrompt,
    imageIndex: request.imageIndex,
    numInferenceSteps: recipe.numInferenceSteps,
    guidanceScale: recipe.guidanceScale,
    scheduler: recipe.scheduler,
    ...(checked ? { checked } : {}),
    provenance: facts.provenance ?? { origin: pair?.change ? 'synthetic' : drawnFrom },
    ...(pair && inPair(pair)),
    ...drawn,
    ...(lora && { lora }),
    ...(moreLoras && { moreLoras }),
  };
}

/** A split keeps both images of a pair together. */
function inPair({ first, change }: PlannedPair) {
  const pair = fileId(first).replace('image', 'pair');
  return { pair, group: pair, ...(change && { parent: fileId(first), change: change.sentence }) };
}

/** "image-00000012": what the image's file is called in a ZIP. */
export function fileId(index: number): string {
  return `image-${String(index).padStart(8, '0')}`;
}

/**
 * What the export says about itself; one entry for each version of the model that made images. `ownHash`: of `entry`, as it is
 * now; of other versions only the hash is known.
 */
export function describeExport(
  set: Pick<Dataset, 'title' | 'recipe' | 'copyCheck'> & Partial<Pick<Dataset, 'failed'>>,
  entry: ModelEntry,
  facts: readonly Pick<ImageFacts, 'modelHash' | 'covariates' | 'lora' | 'moreLoras'>[],
  appVersion: string,
  ownHash: string,
): DatasetDescription {
  const { title, version, licence } = entry;
  const hashes = [...new Set(facts.map(({ modelHash }) => modelHash))];
  const tuned = [
    ...(set.recipe?.rows ?? []).flatMap(({ lora }) => lora ?? []),
    ...facts.flatMap(({ lora, moreLoras = [] }) => [...(lora ? [lora] : []), ...moreLoras]),
  ];
  const leftOut = (set.failed ?? []).filter(({ notConfirmed }) => notConfirmed).length;
  const used = new Set(facts.flatMap(({ covariates }) => Object.keys(covariates)));
  return {
    title: set.title,
    description: `${facts.length} synthetic images made from a recipe of ${set.recipe?.rows.length ?? 0} rows.`,
    version: '1.0.0',
    createdAt: new Date(),
    licence,
    models: hashes.map((hash) => ({
      id: entry.id,
      title,
      hash,
      licence,
      ...(entry.kind === 'generator' && { method: entry.generator.method }),
      version: hash === ownHash ? version : otherThan(version),
    })),
    ...(tuned.length > 0 ? { tuned: different(tuned) } : {}),
    covariates: entry.conditions.covariates.filter(({ name }) => used.has(name)),
    maskClasses: entry.conditions.mask?.classes ?? [],
    ...(entry.volume ? { volumes: true } : {}),
    copyCheck: set.copyCheck ?? null,
    ...(leftOut > 0 ? { leftOut } : {}),
    appVersion,
  };
}

/** Of a model whose number nobody has kept. */
export function otherThan(version: string): string {
  return `another one than ${version}`;
}

/** What labels say of a saved request's tuned models: of that of its form, and of those that its prompt named. */
export function tunedOf({
  lora,
  moreLoras,
}: Pick<GenerationRequest, 'lora' | 'moreLoras'>): Pick<ImageFacts, 'lora' | 'moreLoras'> {
  const [own] = choicesOf(lora && [lora]);
  const more = choicesOf(moreLoras);
  return { ...(own && { lora: own }), ...(more.length > 0 && { moreLoras: more }) };
}

/** All of them, in the order in which they are used. */
export function allTunedOf(request: Pick<GenerationRequest, 'lora' | 'moreLoras'>): TunedChoice[] {
  const { lora, moreLoras = [] } = tunedOf(request);
  return [...(lora ? [lora] : []), ...moreLoras];
}

function choicesOf(loras: readonly LoraChoice[] = []): TunedChoice[] {
  return loras.flatMap(({ title = '', sha256, strength }) =>
    sha256 ? [{ title, sha256, strength }] : [],
  );
}

/** Each once; the same factors at another strength are another thing. */
function different(tuned: readonly TunedChoice[]): TunedChoice[] {
  const byName = new Map(tuned.map((one) => [`${one.sha256} ${one.strength}`, one]));
  return [...byName.values()];
}
