import { expect, test } from 'vitest';
import type { GeneratedImage, Preview } from '../../../src/contract/picture';
import type { GenerationRequest } from '../../../src/contract/request';
import { appError } from '../../../src/errors';
import { GenerationState, type Generator } from '../../../src/views/studio/state/generation.svelte';
import { endless, fakeImage, fakeRequest } from '../views/ui-fakes';

function setUp(
  generate: Generator['generate'],
  ready: () => Promise<boolean> = async () => true,
  check: Generator['check'] = async () => undefined,
) {
  const kept: GeneratedImage[] = [];
  const keep = async (image: GeneratedImage) => void kept.push(image);
  const generator = { generate, check };
  const generation = new GenerationState(generator, { ready, keep, choice: () => 'auto' });
  return { generation, kept };
}

test('a batch is one seed with counted indexes, each image kept as soon as it is made', async () => {
  const numKept: number[] = [];
  const { generation, kept } = setUp(async (request) => {
    numKept.push(kept.length);
    return fakeImage(request);
  });
  await generation.start(fakeRequest({ imageIndex: 2 }), 3);
  expect(kept.map(({ request }) => request.imageIndex)).toEqual([2, 3, 4]);
  expect(new Set(kept.map(({ request }) => request.seed)).size).toBe(1);
  expect(numKept).toEqual([0, 1, 2]);
});

test('a cancel keeps the finished images and is not an error', async () => {
  const { generation, kept } = setUp(async (request, _choice, job) =>
    request.imageIndex === 0 ? fakeImage(request) : endless()(job),
  );
  const run = generation.start(fakeRequest(), 5);
  await expect.poll(() => generation.numDone).toBe(1);
  generation.cancel();
  await run;
  expect(kept).toHaveLength(1);
  expect(generation.error).toBeNull();
  expect(generation.running).toBe(false);
});

test('a failed batch is retried from the image that failed', async () => {
  const asked: number[] = [];
  const { generation, kept } = setUp(async (request) => {
    asked.push(request.imageIndex);
    if (asked.length === 2) throw appError('DeviceLost', 'The device was lost. Try again.');
    return fakeImage(request);
  });
  await generation.start(fakeRequest(), 3);
  expect(generation.error?.name).toBe('DeviceLost');
  await generation.retry();
  expect(generation.error).toBeNull();
  expect(asked).toEqual([0, 1, 1, 2]);
  expect(kept).toHaveLength(3);
});

test('a second start while one runs changes nothing', async () => {
  const seeds: number[] = [];
  const { generation } = setUp(async (request, _choice, job) => {
    seeds.push(request.seed);
    return endless()(job);
  });
  const run = generation.start(fakeRequest({ seed: 1 }));
  await generation.start(fakeRequest({ seed: 2 }));
  await expect.poll(() => seeds).toEqual([1]);
  generation.cancel();
  await run;
});

test('a generation waits for the weights and can be cancelled while it waits', async () => {
  const asked: GenerationRequest[] = [];
  const { generation } = setUp(
    async (request) => {
      asked.push(request);
      return fakeImage(request);
    },
    () => new Promise(() => undefined),
  );
  const run = generation.start(fakeRequest());
  expect(generation.progress).toEqual({ stage: 'queued' });
  generation.cancel();
  await run;
  expect(asked).toEqual([]);
  expect(generation.error).toBeNull();
});

test('a request that the model cannot do is answered before the weights are there', async () => {
  const { generation, kept } = setUp(
    async (request) => fakeImage(request),
    () => new Promise(() => undefined),
    async () => {
      throw appError('RequestInvalid', 'The prompt is too long. Shorten it.');
    },
  );
  await generation.start(fakeRequest());
  expect(generation.error?.name).toBe('RequestInvalid');
  expect(generation.running).toBe(false);
  expect(kept).toEqual([]);
});

test('a generation whose model cannot be loaded is blocked, and a retry runs it', async () => {
  let usable = false;
  const { generation, kept } = setUp(
    async (request) => fakeImage(request),
    async () => usable,
  );
  await generation.start(fakeRequest());
  expect(generation.blocked).toBe(true);
  expect(kept).toEqual([]);
  usable = true;
  await generation.retry();
  expect(generation.blocked).toBe(false);
  expect(kept).toHaveLength(1);
});

test('the newest preview is shown until the picture is there', async () => {
  const preview: Preview = { width: 1, height: 1, rgba: new Uint8ClampedArray(4) };
  const seen: (Preview | null)[] = [];
  const { generation } = setUp(async (request, _choice, { onProgress }) => {
    onProgress({ stage: 'denoise', step: 1, numSteps: 2, msLeft: 10, preview });
    onProgress({ stage: 'denoise', step: 2, numSteps: 2, msLeft: 0 });
    seen.push(generation.preview);
    return fakeImage(request);
  });
  await generation.start(fakeRequest());
  expect(seen).toEqual([preview]);
  expect(generation.preview).toBeNull();
});
