import { expect, test } from 'vitest';
import { createMemoryRecords } from '../../../src/common/records';
import { DatasetStore } from '../../../src/dataset/dataset-store';
import { DatasetGrid } from '../../../src/views/datasets/state/dataset-grid.svelte';
import { createQueue, fakeMaker, fakeRecipe, freshName, openStore } from '../state/dataset-fakes';

async function openGrid(count: number, store = new DatasetStore(createMemoryRecords())) {
  const queue = createQueue(store, fakeMaker().maker);
  await queue.add(fakeRecipe(count));
  await expect.poll(() => queue.sets[0].status, { timeout: 100_000 }).toBe('done');
  const grid = new DatasetGrid(store, queue.sets[0]);
  await grid.load();
  return { grid, store, ids: grid.all.map(({ id }) => id) };
}

const plain = { shift: false, command: false };
const shown = (grid: DatasetGrid) => grid.shown.map(({ index }) => index);
const selected = (grid: DatasetGrid) => grid.selectedFacts.map(({ index }) => index);

test('a click selects one, ctrl adds and takes away, shift takes all between', async () => {
  const { grid, ids } = await openGrid(8);
  grid.click(ids[2], plain);
  grid.click(ids[5], { ...plain, shift: true });
  expect(selected(grid)).toEqual([2, 3, 4, 5]);
  grid.click(ids[3], { ...plain, command: true });
  expect(selected(grid)).toEqual([2, 4, 5]);
  grid.selectAll();
  expect(selected(grid)).toHaveLength(8);
  grid.click(ids[0], plain);
  expect(selected(grid)).toEqual([0]);
});

test('an image that was made this moment is part of the whole, though it is not shown yet', async () => {
  const { grid, store } = await openGrid(2);
  const behind = new DatasetGrid(store, grid.set);
  for (const facts of grid.all) behind.arrive(facts);
  expect(shown(behind)).toEqual([]);
  expect(await behind.whole()).toHaveLength(2);
  expect(shown(behind)).toEqual([0, 1]);
});

test('a discard hides, undo brings back, and both are stored', async () => {
  const { grid, store, ids } = await openGrid(5);
  grid.click(ids[1], plain);
  grid.click(ids[3], { ...plain, command: true });
  await grid.discard();
  expect(shown(grid)).toEqual([0, 2, 4]);
  expect(grid.notice).toBe('Discarded: 2 images');
  const stored = async () =>
    (await store.facts(grid.set.id)).filter(({ discarded }) => discarded).length;
  expect(await stored()).toBe(2);
  await grid.undo();
  expect(shown(grid)).toEqual([0, 1, 2, 3, 4]);
  expect(await stored()).toBe(0);
});

test('two changes that follow fast are taken back one by one, and so fast too', async () => {
  const { grid, ids } = await openGrid(2);
  const of = (id: string) => grid.all.find((one) => one.id === id)!;
  grid.click(ids[0], plain);
  await Promise.all([grid.judge('keep'), grid.judge('reject')]);
  await grid.undo();
  expect(of(ids[0]).verdict).toBe('keep');
  grid.click(ids[1], plain);
  await grid.rate(4);
  await Promise.all([grid.undo(), grid.undo()]);
  expect([of(ids[0]).verdict, of(ids[1]).rating]).toEqual([null, 0]);
});

test('review goes through what is undecided; keys keep and reject, and progress is counted', async () => {
  const { grid, store, ids } = await openGrid(4);
  grid.click(ids[0], plain);
  await grid.judge('keep');
  grid.startReview();
  expect(grid.focused?.index).toBe(1);
  await grid.judge('reject');
  expect(grid.focused?.index).toBe(2);
  await grid.judge('keep');
  expect(grid.numJudged).toBe(3);
  await grid.undo();
  expect(grid.numJudged).toBe(2);
  expect(grid.focused?.index).toBe(2);
  const verdicts = (await store.facts(grid.set.id)).map(({ verdict }) => verdict);
  expect(verdicts).toEqual(['keep', 'reject', null, null]);
});

test('in review under a filter, a judged image stays where it is', async () => {
  const { grid } = await openGrid(4);
  grid.filter.verdict = 'none';
  grid.startReview();
  await grid.judge('keep');
  await grid.judge('keep');
  expect(shown(grid)).toEqual([0, 1, 2, 3]);
  grid.endReview();
  expect(shown(grid)).toEqual([2, 3]);
});

test('images that are deleted for good are not made again', async () => {
  const name = freshName();
  const { store, records } = await openStore(name);
  const { grid, ids } = await openGrid(4, store);
  grid.click(ids[2], plain);
  await grid.discard();
  await grid.empty();
  expect(await store.picture(ids[2])).toBeNull();
  expect(grid.discarded).toEqual([]);
  records.close();

  const again = await openStore(name);
  const { maker, asked } = fakeMaker();
  const queue = createQueue(again.store, maker);
  await queue.open();
  await queue.resume(queue.sets[0].id);
  await expect.poll(() => queue.sets[0].status).toBe('done');
  expect(asked).toEqual([]);
});

test('an image element shows its picture while it is there, and gives it up afterwards', async () => {
  const { grid, ids } = await openGrid(1);
  const image = new Image();
  const leave = grid.showIn(ids[0])(image);
  await expect.poll(() => image.src).toMatch(/^blob:/);
  const url = image.src;
  leave();
  expect(image.hasAttribute('src')).toBe(false);
  await expect(fetch(url)).rejects.toThrow();
});

test('images that are made while the grid is open appear once each', async () => {
  const { grid, store } = await openGrid(2);
  const [one] = await store.facts(grid.set.id);
  const fresh = { ...one, id: `${grid.set.id}/00000002`, index: 2 };
  grid.arrive(fresh);
  grid.arrive(one);
  await expect.poll(() => shown(grid)).toEqual([0, 1, 2]);
});

test('2,000 images: nothing of a picture stays in the page, and each is there once', async () => {
  const { store } = await openStore(freshName());
  const { grid } = await openGrid(2000, store);
  expect(shown(grid)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
  const held = JSON.stringify(grid.all);
  expect(held.length / 2000).toBeLessThan(600); // bytes of facts an image, as text
  for (const facts of grid.all) {
    expect(Object.values(facts).some((value) => (value as unknown) instanceof Blob)).toBe(false);
  }
});

test('a verdict outlives a list that was read before it', async () => {
  const { grid, store, ids } = await openGrid(2);
  const facts = store.facts.bind(store);
  let letGo = () => undefined as void;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let reading = false;
  store.facts = async (...args) => {
    const before = await facts(...args);
    reading = true;
    await held;
    return before;
  };
  const loading = grid.load(); // as after news of another tab
  await expect.poll(() => reading).toBe(true);
  grid.click(ids[0], plain);
  const judged = grid.judge('reject');
  await Promise.race([judged, new Promise((resolve) => setTimeout(resolve, 100))]);
  letGo();
  await Promise.all([loading, judged]);
  expect(grid.all[0].verdict).toBe('reject');
});
