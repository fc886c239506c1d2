import type { GeneratedImage } from '../../../src/contract/picture';
import type { GenerationRequest } from '../../../src/contract/request';
import { PrivateStore, UNPROTECTED, type CipherSource } from '../../../src/crypto/private-store';
import { DatasetStore, type DatasetRecord } from '../../../src/dataset/dataset-store';
import type { Recipe } from '../../../src/dataset/recipe';
import { DatasetQueue } from '../../../src/views/datasets/state/dataset-queue.svelte';
import type { QueueHooks } from '../../../src/views/datasets/state/queue-hooks';
import type { ImageMaker } from '../../../src/views/datasets/state/dataset-run';
import type { JobOptions } from '../../../src/views/studio/state/model.svelte';
import { fakeImage } from '../views/ui-fakes';

/** A recipe of the fake model: every image of a row differs from the others by its word. */
export function fakeRecipe(count: number, change: Partial<Recipe> = {}): Recipe {
  const finding = ['normal', 'effusion'].map((value) => ({ value, share: 1 }));
  const covariates = { age: { from: 40, to: 80, step: 1 } };
  return {
    ...{ version: 1, title: 'Chests', modelId: 'fake', seed: 7, numInferenceSteps: 8 },
    ...{ guidanceScale: 4, scheduler: 'flow-match-euler' },
    rows: [{ count, prompt: 'chest x-ray, {finding}', words: { finding }, covariates }],
    ...change,
  };
}

/** A real database, which a second call opens again as a reloaded page does. */
export async function openStore(name: string, source: CipherSource = UNPROTECTED) {
  const records = await PrivateStore.open<DatasetRecord>(name, source);
  return { records, store: new DatasetStore(records) };
}

/** A name that no other test has used. */
export function freshName(): string {
  return `datasets-${crypto.randomUUID()}`;
}

/** Makes an image at once; its "PNG" says which one it is. */
export function makeText(request: GenerationRequest): GeneratedImage {
  return fakeImage(request, new Blob([`${request.imageIndex} ${request.prompt}`]));
}

/** A maker that counts, and does `before` first. */
export function fakeMaker(
  before: (index: number, options: JobOptions) => Promise<void> | void = () => undefined,
) {
  const asked: number[] = [];
  const maker: ImageMaker = {
    async generate(request, _choice, options) {
      options.signal.throwIfAborted();
      asked.push(request.imageIndex);
      await before(request.imageIndex, options);
      return makeText(request);
    },
  };
  return { maker, asked };
}

/** A queue that nobody disturbs. */
export function createQueue(
  store: DatasetStore,
  maker: ImageMaker,
  hooks: Partial<QueueHooks> = {},
): DatasetQueue {
  return new DatasetQueue(store, maker, {
    modelId: 'fake',
    choice: () => 'wasm',
    ready: async () => undefined,
    turn: async () => undefined,
    lockName: null,
    ...hooks,
  });
}
