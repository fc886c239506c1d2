import type { GeneratedImage } from '../../../contract/picture';
import type { BackendChoice, GenerationRequest } from '../../../contract/request';
import type { DrawnHow } from '../../../dataset/dataset-item';
import {
  imageId,
  type Dataset,
  type DatasetStore,
  type ImageFacts,
  type StoredMask,
} from '../../../dataset/dataset-store';
import type { Plan, PlannedImage } from '../../../dataset/recipe';
import { loraTags } from '../../../common/lora-tag';
import { tunedOf } from '../../../dataset/export-items';
import { appError } from '../../../errors';
import type { JobOptions } from '../../studio/state/model.svelte';

/** What the queue needs of the worker client. */
export interface ImageMaker {
  generate(
    request: GenerationRequest,
    choice: BackendChoice,
    options: JobOptions,
  ): Promise<GeneratedImage>;
}

/** A request with its mask, and the mask as a file to keep. */
export interface PreparedImage {
  request: GenerationRequest;
  mask?: StoredMask;
  /** Of the second image of a pair: its class, where that is another than was planned. */
  label?: string;
  /** It is there already: the picture that a pair begins with. */
  found?: GeneratedImage;
}

/** The first image of a pair, of which the second is made. */
export type FirstImage = Pick<GeneratedImage, 'png' | 'provenance'>;

/** The rest of the application, as far as making images touches it. */
export interface RunHooks {
  choice(): BackendChoice;
  /** Rejects with the reason where the model cannot be used. */
  ready(): Promise<void>;
  /** Resolves once nobody waits for a single image: that one goes first. */
  turn(): Promise<void>;
  /**
   * Puts a drawn mask, the factors of a tuned model and the first image of a pair into the request, and finds the picture that a
   * pair begins with; images without any of these never ask.
   */
  prepare?(planned: PlannedImage, first?: FirstImage): Promise<PreparedImage>;
}

/** Who makes a data set's images, where they go, and who wants to know. */
export interface RunParts {
  store: DatasetStore;
  maker: ImageMaker;
  hooks: RunHooks;
  onWaiting: (waiting: boolean) => void;
  /** `ms`: from the request to the stored image. */
  onKept: (facts: ImageFacts, ms: number) => void;
  onFailed: (index: number, error: Error) => Promise<void>;
}

/** These concern every image, not this one. */
const FATAL = [
  'QuotaExceeded',
  'StorageDenied',
  'Locked',
  'ModelCorrupt',
  'NetworkFailed',
  'TunedMissing',
  'AbortError',
];

/** Its first image may still come, in a second try. */
const FIRST_MISSING = 'SourceMissing';

/** So many failures one after the other are no accident. */
const MAX_FAILURES_IN_A_ROW = 3;

/**
 * Makes every image of a data set that is not kept yet; one that fails is tried once more at the end. Rejects where the
 * next image would fare no better, and once aborted.
 */
export async function makeImages(set: Dataset, plan: Plan, parts: RunParts, signal: AbortSignal) {
  const { store, onFailed } = parts;
  const taken = new Uint8Array(plan.total); // a byte an image
  for (const index of await store.indices(set.id)) taken[index] = 1;
  for (const { index } of set.failed) taken[index] = 1;
  const again: number[] = [];
  let inARow = 0;
  for (let k = 0; k < plan.total; k++) {
    if (taken[k]) continue;
    const error = await makeOne(set, plan.image(k), parts, signal);
    // Drawn again it would come out the same.
    const hopeless = error?.name === 'RequestInvalid' || error?.name === 'NotConfirmed';
    if (error && hopeless) await onFailed(k, error);
    else if (error) again.push(k);
    if (error?.name === FIRST_MISSING) continue; // nothing was drawn
    inARow = error && !hopeless ? inARow + 1 : 0;
    if (error && inARow === MAX_FAILURES_IN_A_ROW) throw error;
  }
  for (const k of again) {
    const error = await makeOne(set, plan.image(k), parts, signal);
    if (error) await onFailed(k, error);
  }
}

/** null: made and kept. */
async function makeOne(
  set: Dataset,
  planned: PlannedImage,
  { store, maker, hooks, onWaiting, onKept }: RunParts,
  signal: AbortSignal,
): Promise<Error | null> {
  onWaiting(true);
  await orAbort(hooks.turn(), signal);
  await orAbort(hooks.ready(), signal);
  onWaiting(false);
  const startMs = performance.now();
  try {
    const first = await firstOf(set, planned, store);
    const { request, mask, label, found } = await prepared(planned, hooks, first);
    const onProgress = () => undefined;
    const options = { signal, onProgress };
    const image = found ?? (await maker.generate(request, hooks.choice(), options));
    signal.throwIfAborted();
    const { png, maskPng: _kept, ...made } = image; // the mask has a place of its own
    const facts = toFacts(set, { ...planned, ...(label !== undefined && { label }) }, image);
    await store.addMade(facts, { png, made, ...(mask ? { mask } : {}) });
    onKept(facts, performance.now() - startMs);
    return null;
  } catch (error) {
    if (signal.aborted || FATAL.includes((error as Error).name)) throw error;
    return error as Error;
  }
}

/** As it is kept; of an image that is no second one of a pair nothing. */
async function firstOf(
  set: Dataset,
  { pair }: PlannedImage,
  store: DatasetStore,
): Promise<FirstImage | undefined> {
  if (!pair?.change) return undefined;
  const kept = await store.picture(imageId(set.id, pair.first));
  if (kept) return { png: kept.png, provenance: kept.made?.provenance };
  throw appError(
    FIRST_MISSING,
    `The first image of its pair is not there (expected image ${pair.first + 1} of the data set). It failed or was deleted for ` +
      'good; without it there is nothing to change.',
  );
}

async function prepared(
  planned: PlannedImage,
  hooks: RunHooks,
  first?: FirstImage,
): Promise<PreparedImage> {
  const { mask, request, pair } = planned;
  const tuned = request.lora ?? loraTags(request.prompt)[0];
  if (!mask && !tuned && !pair?.change && !pair?.source) return { request };
  if (hooks.prepare) return hooks.prepare(planned, first);
  throw appError(
    'RequestInvalid',
    'This recipe asks for generated masks, a tuned model or pairs, and there are none here. Remove them from the recipe.',
  );
}

function toFacts(set: Dataset, planned: PlannedImage, image: GeneratedImage): ImageFacts {
  const { prompt, covariates, seed, modelId, checked } = image.request;
  const { lora, moreLoras } = tunedOf(image.request);
  const { provenance } = image;
  const { change, source, first = 0 } = planned.pair ?? {};
  return {
    id: imageId(set.id, planned.index),
    index: planned.index,
    createdAt: new Date(),
    label: planned.label,
    prompt,
    words: planned.words,
    covariates,
    seed,
    modelId,
    modelHash: image.modelHash,
    width: image.width,
    height: image.height,
    bytes: image.png.size,
    rating: 0,
    verdict: null,
    discarded: false,
    ...(checked ? { checked } : {}),
    ...(source && { drawn: drawnHow(image.request) }),
    ...(source && lora && { lora }),
    ...(moreLoras && { moreLoras }),
    parentId: change ? imageId(set.id, first) : null,
    ...((change ?? source) && provenance && { provenance }),
    pixelHash: image.pixelHash,
  };
}

function drawnHow(request: GenerationRequest): DrawnHow {
  const { negativePrompt, imageIndex, numInferenceSteps, guidanceScale, scheduler } = request;
  return { negativePrompt, imageIndex, numInferenceSteps, guidanceScale, scheduler };
}

/** The promise's value, unless the signal comes first. */
function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    // A signal outlives thousands of images: nothing may gather on it.
    const settled = () => signal.removeEventListener('abort', abort);
    promise.then(resolve, reject).finally(settled);
  });
}
