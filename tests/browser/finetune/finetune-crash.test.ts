/** Training whose worker or device fails under it, on the fixture model, as the page's state sees it. */
import { expect, test } from 'vitest';
import { runWith, stepsOf } from './finetune-runs';
import CrashWhileTraining from '../workers/crash-while-training.worker?worker';
import LoseDeviceWhileTraining from '../workers/lose-device-while-training.worker?worker';

test('a worker that crashes says so, and the run goes on from its last checkpoint', async () => {
  const { store, jobs, progress, files } = await runWith(() => new CrashWhileTraining(), 'wasm');
  expect(await progress.go(files)).toBe(false);
  expect(progress.error?.message).toContain('crashed on purpose');
  expect(progress.running).toBe(false);
  expect(progress.stepsKept).toBe(4);

  expect(await progress.go([])).toBe(true); // no image is read again
  expect(jobs[1].checkpoint?.step).toBe(4);
  expect(stepsOf(progress)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const [tuned] = await store.tuned();
  expect(tuned.facts.steps).toBe(8);

  const undisturbed = await runWith(null, 'wasm');
  await undisturbed.progress.go(undisturbed.files);
  expect(tuned.sha256).toBe((await undisturbed.store.tuned())[0].sha256);
});

test('a graphics device that is lost in mid-run costs the steps since the last checkpoint', async () => {
  const { store, jobs, progress, files } = await runWith(
    () => new LoseDeviceWhileTraining(),
    'wasm',
  );
  expect(await progress.go(files)).toBe(true);
  expect(progress.error).toBeNull();
  expect(jobs).toHaveLength(2);
  expect([4, 5]).toContain(jobs[1].checkpoint?.step);
  expect(stepsOf(progress)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await store.tuned())[0].facts.steps).toBe(8);
});

test('numbers that burst stop the run in words, and what it had learnt before can be kept', async () => {
  const change = { learningRate: 1e30, warmUpSteps: 1, numSteps: 20 };
  const { store, progress, files } = await runWith(null, 'wasm', change);
  expect(await progress.go(files)).toBe(false);
  expect(progress.error?.name).toBe('TrainingDiverged');
  expect(progress.error?.message).toMatch(/stopped at step \d+.*smaller learning rate/);
  expect(progress.stepsKept).toBeGreaterThan(0);
  expect(await progress.finishEarly()).toBe(true);
  const [{ id }] = await store.tuned();
  const factors = (await store.factors(id))!;
  expect(factors.every(({ data }) => data.every(Number.isFinite))).toBe(true);
});
