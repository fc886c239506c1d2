/** Recipes whose prompts name LoRA files. */
import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import { createMemoryRecords } from '../../../src/common/records';
import { describeExport, toRecord } from '../../../src/dataset/export-items';
import { createPlan } from '../../../src/dataset/recipe';
import { FinetuneStore, type FinetuneRecord } from '../../../src/finetune/finetune-store';
import { without } from '../../../src/common/without';
import { preparing } from '../../../src/views/datasets/state/preparing';
import type { ImageMaker } from '../../../src/views/datasets/state/dataset-run';
import { TunedState } from '../../../src/views/finetune/tuned.svelte';
import { tunableEntry, fakeImage } from '../views/ui-fakes';
import { createQueue, fakeRecipe, freshName, openStore } from './dataset-fakes';

const SHA = 'ab'.repeat(32);

/** A browser that has a LoRA called Knees. */
async function withKnees() {
  const store = new FinetuneStore(createMemoryRecords<FinetuneRecord>());
  const facts = { title: 'Knees', rank: 1 };
  const kept = { id: 't', createdAt: new Date(), sha256: SHA, imported: true, picture: null };
  await store.addTuned({ ...kept, facts }, [
    { name: 'lora.unet.a.down', dims: [1, 1], data: Float32Array.of(1) },
  ]);
  const tuned = new TunedState(store, tunableEntry(), []);
  await tuned.load();
  return tuned;
}

/** Notes what it is asked for, and records it as a worker does. */
function noting() {
  const asked: GenerationRequest[] = [];
  const maker: ImageMaker = {
    generate: (request) => {
      asked.push(request);
      const moreLoras = request.moreLoras?.map((one) => without(one, 'factors'));
      return Promise.resolve(fakeImage({ ...request, ...(moreLoras && { moreLoras }) }));
    },
  };
  return { asked, maker };
}

function recipeWith(prompt: string) {
  const recipe = fakeRecipe(2);
  recipe.rows[0].prompt = prompt;
  return recipe;
}

test('what a row names is put into each image, and its labels and the export say so', async () => {
  const { store } = await openStore(freshName());
  const { asked, maker } = noting();
  const tuned = await withKnees();
  const prepare = preparing(tunableEntry(), (request) => tuned.fill(request));
  const queue = createQueue(store, maker, { prepare });
  const recipe = recipeWith('chest x-ray, {finding} <lora:knees:0.5>');
  await queue.add(recipe);
  await expect.poll(() => queue.sets[0].status, { timeout: 20_000 }).toBe('done');
  expect(queue.sets[0].failed).toEqual([]);
  expect(asked.map(({ prompt }) => prompt)).toEqual([
    'chest x-ray, normal',
    'chest x-ray, effusion',
  ]);
  expect(asked[1].moreLoras).toMatchObject([{ strength: 0.5, factors: [{ dims: [1, 1] }] }]);

  const facts = await store.facts(queue.sets[0].id);
  const choice = { title: 'Knees', sha256: SHA, strength: 0.5 };
  expect(toRecord(createPlan(recipe), recipe, facts[1])).toMatchObject({
    prompt: 'chest x-ray, effusion',
    moreLoras: [choice],
  });
  const { tuned: named } = describeExport(queue.sets[0], tunableEntry(), facts, '1.0.0', '');
  expect(named).toEqual([choice]);
});

test('a name that nobody knows ends the set at once, not image by image', async () => {
  const { store } = await openStore(freshName());
  const { asked, maker } = noting();
  const tuned = await withKnees();
  const prepare = preparing(tunableEntry(), (request) => tuned.fill(request));
  const queue = createQueue(store, maker, { prepare });
  await queue.add(recipeWith('chest x-ray, {finding} <lora:hands>'));
  await expect.poll(() => queue.error?.name, { timeout: 20_000 }).toBe('TunedMissing');
  expect(asked).toEqual([]);
});
