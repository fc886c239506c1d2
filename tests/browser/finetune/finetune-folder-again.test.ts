import { expect, test } from 'vitest';
import { runWith, stepsOf } from './finetune-runs';

test('a run that a reload stopped while it read images asks for their folder, and leaves none of them out', async () => {
  const { store, progress, files } = await runWith(null, 'wasm', { numSteps: 2 });

  // The first six were read; the folder of the others was not chosen again.
  expect(await progress.go(files.slice(0, 6))).toBe(false);
  expect(progress.error).toMatchObject({ name: 'RequestInvalid' });
  expect(progress.error?.message).toContain('6.png was not read before the page was closed');
  expect(await store.skipped(progress.run)).toEqual([]);

  const kept = progress.run.id;
  expect(await progress.go(files)).toBe(true);
  expect(progress.skipped).toEqual([]);
  expect(stepsOf(progress)).toEqual([1, 2]);
  expect(await store.runNow(kept)).toBeNull();
}, 120_000);
