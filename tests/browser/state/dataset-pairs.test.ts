import { expect, test } from 'vitest';
import { toRecord } from '../../../src/dataset/export-items';
import { createPlan, type PlannedImage } from '../../../src/dataset/recipe';
import type { FirstImage, ImageMaker } from '../../../src/views/datasets/state/dataset-run';
import type { GenerationRequest } from '../../../src/contract/request';
import { RerunState } from '../../../src/controls/draw-again.svelte';
import { fakeImage, tinyPng } from '../views/ui-fakes';
import { createQueue, fakeMaker, fakeRecipe, freshName, openStore } from './dataset-fakes';

const PAIRS = fakeRecipe(3);
PAIRS.rows[0].pair = { sentence: 'older' };

/** Notes what each image starts from; the fake "PNG" says which image it is. */
function noting() {
  const from: (string | null)[] = [];
  const prepare = async ({ request, index }: PlannedImage, first?: FirstImage) => {
    from.push(first ? await first.png.text() : null);
    return { request: { ...request, imageIndex: index }, ...(first && { label: 'older one' }) };
  };
  return { from, prepare };
}

test('the second image of a pair is made of the first as it is kept, and linked to it', async () => {
  const { store } = await openStore(freshName());
  const { from, prepare } = noting();
  const queue = createQueue(store, fakeMaker().maker, { prepare });
  await queue.add(PAIRS);
  await expect.poll(() => queue.sets[0].status, { timeout: 20_000 }).toBe('done');
  expect(from).toEqual([
    '0 chest x-ray, normal',
    '2 chest x-ray, effusion',
    '4 chest x-ray, normal',
  ]);
  const facts = await store.facts(queue.sets[0].id);
  expect(facts.map(({ label }) => label)).toEqual([
    ...['normal', 'older one', 'effusion', 'older one', 'normal', 'older one'],
  ]);
  expect(facts[3].parentId).toBe(facts[2].id);
  expect(facts[2].parentId).toBeNull();
});

test('where the first image failed the second waits for its second try, and is named where that fails too', async () => {
  const { store } = await openStore(freshName());
  const failures = new Map([
    [0, 1],
    [4, 2],
  ]);
  const { maker } = fakeMaker((index) => {
    const left = failures.get(index) ?? 0;
    failures.set(index, left - 1);
    if (left > 0) throw new Error('The device was lost.');
  });
  const { from, prepare } = noting();
  const queue = createQueue(store, maker, { prepare });
  await queue.add(PAIRS);
  await expect.poll(() => queue.sets[0].status, { timeout: 20_000 }).toBe('done');
  expect(from).toEqual(['2 chest x-ray, effusion', '0 chest x-ray, normal']);
  expect(queue.sets[0].failed.map(({ index }) => index)).toEqual([4, 5]);
  expect(queue.sets[0].failed[1].message).toMatch(/expected image 5 of the data set/);
});

test('the second image of a pair is made again from the picture of the first', async () => {
  const png = await tinyPng();
  const asked: GenerationRequest[] = [];
  const maker: ImageMaker = {
    generate: (request) => {
      asked.push(request);
      return Promise.resolve(fakeImage(request, png));
    },
  };
  const init = { strength: 1, sha256: 'ab'.repeat(32) };
  const pictureOf = (request: object) => {
    const { png: own, ...made } = fakeImage(request as GenerationRequest, png);
    return Promise.resolve({ png: own, made });
  };
  const rerun = new RerunState(maker, () => 'wasm');
  const request = { prompt: 'older', init };
  await rerun.start('second', pictureOf(request), pictureOf({ prompt: 'chest' }));
  expect(rerun.error).toBeNull();
  expect(asked[0].init?.rgb).toHaveLength(3 * 2 * 2);
  expect(asked[0].init).toMatchObject({ strength: 1, from: { origin: 'synthetic' } });
});

test('the labels of a picture of the gallery say how that was drawn, not how the recipe draws', async () => {
  const recipe = fakeRecipe(1);
  recipe.rows[0].pair = { sentence: 'older', sources: [{ title: 'x', sha256: 'ab'.repeat(32) }] };
  const { store } = await openStore(freshName());
  const lora = { sha256: 'cd'.repeat(32), title: 'mine', strength: 0.5 };
  const how = { negativePrompt: 'blur', imageIndex: 7, guidanceScale: 3.5, scheduler: 'ddim' };
  const own = { modelId: 'fake', prompt: 'chest', covariates: {}, seed: 42, lora };
  const drawn = { ...how, numInferenceSteps: 33 };
  const found = fakeImage({ ...own, ...drawn }, await tinyPng());
  const prepare = async ({ request, pair }: PlannedImage) => ({
    request,
    ...(pair?.source && { found }),
  });
  const queue = createQueue(store, fakeMaker().maker, { prepare });
  await queue.add(recipe);
  await expect.poll(() => queue.sets[0].status, { timeout: 20_000 }).toBe('done');
  const plan = createPlan(recipe);
  const facts = await store.facts(queue.sets[0].id);
  const [first, second] = facts.map((one) => toRecord(plan, recipe, one));
  expect(first).toMatchObject({ ...drawn, seed: 42, lora });
  const { numInferenceSteps, scheduler } = recipe;
  expect(second).toMatchObject({ numInferenceSteps, scheduler, imageIndex: 0 });
  expect(second.lora).toBeUndefined();
});
