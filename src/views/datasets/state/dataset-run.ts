import type { GeneratedImage } from '../../../contract/picture';
import type { BackendChoice, GenerationRequest } from '../../../contract/request';
import {
  imageId,
  type Dataset,
  type DatasetStore,
  type ImageFacts,
  type StoredMask,
} from '../../../dataset/dataset-store';
import type { Plan, PlannedImage } from '../../../dataset/recipe';
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
}

/** The rest of the application, as far as making images touches it. */
export interface RunHooks {
  choice(): BackendChoice;
  /** Rejects with the reason where the model cannot be used. */
  ready(): Promise<void>;
  /** Resolves once nobody waits for a single image: that one goes first. */
  turn(): Promise<void>;
  /** Puts a drawn mask and the factors of a tuned model into the request; images without either never ask. */
  prepare?(planned: PlannedImage): Promise<PreparedImage>;
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
    const { request, mask } = await prepared(planned, hooks);
    const onProgress = () => undefined;
    const image = await maker.generate(request, hooks.choice(), { signal, onProgress });
    signal.throwIfAborted();
    const { png, maskPng: _kept, ...made } = image; // the mask has a place of its own
    const facts = toFacts(set, planned, image);
    await store.addMade(facts, { png, made, ...(mask ? { mask } : {}) });
    onKept(facts, performance.now() - startMs);
    return null;
  } catch (error) {
    if (signal.aborted || FATAL.includes((error as Error).name)) throw error;
    return error as Error;
  }
}

async function prepared(planned: PlannedImage, hooks: RunHooks): Promise<PreparedImage> {
  if (!planned.mask && !planned.request.lora) return { request: planned.request };
  if (hooks.prepare) return hooks.prepare(planned);
  throw appError(
    'RequestInvalid',
    'This recipe asks for generated masks or a tuned model, and there are none here. Remove them from the recipe.',
  );
}

function toFacts(set: Dataset, planned: PlannedImage, image: GeneratedImage): ImageFacts {
  const { prompt, covariates, seed, modelId, checked } = image.request;
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
    parentId: null,
    pixelHash: image.pixelHash,
  };
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
