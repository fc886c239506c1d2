/** A graphics device that is destroyed while it trains. Minutes on a software adapter: `npm run prove-finetune`. */
import { expect, test } from 'vitest';
import { runWith, stepsOf } from './finetune-runs';
import DestroyDeviceWhileTraining from '../workers/destroy-device-while-training.worker?worker';

test('a device that is destroyed under the runtime is replaced, and training goes on from its checkpoint', async () => {
  const { store, jobs, progress, files } = await runWith(
    () => new DestroyDeviceWhileTraining(),
    'webgpu',
  );
  expect(await progress.go(files)).toBe(true);
  expect(progress.error).toBeNull();
  expect(jobs).toHaveLength(2);
  expect([4, 5]).toContain(jobs[1].checkpoint?.step);
  expect(stepsOf(progress)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await store.tuned())[0].facts.steps).toBe(8);
}, 1_200_000);
