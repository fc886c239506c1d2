import { expect, test } from 'vitest';
import { GenerationState } from '../../../src/views/studio/state/generation.svelte';
import { createWorkerClient } from '../../../src/bridge/worker-client';
import type { GeneratedImage } from '../../../src/contract/picture';
import type { GenerationRequest } from '../../../src/contract/request';
import golden from '../../fixtures/tiny-model/golden.json';
import CrashAtSecondWorker from '../workers/crash-at-second.worker?worker';

const MANIFEST_URL = new URL('../../fixtures/tiny-model/model-manifest.json', import.meta.url).href;
const request = { ...golden.request, numInferenceSteps: 20 } as GenerationRequest;

test('a worker that crashes in mid-image loses that image only, and a retry makes it', async () => {
  const client = createWorkerClient({
    manifestUrl: MANIFEST_URL,
    startInference: () => new CrashAtSecondWorker(),
  });
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  await client.install(request.modelId, options);
  const kept: GeneratedImage[] = [];
  const generation = new GenerationState(client, {
    ready: () => Promise.resolve(true),
    choice: () => 'wasm',
    keep: async (image) => void kept.push(image),
  });

  await generation.start(request, 2);
  expect(generation.error?.message).toContain('crashed on purpose');
  expect(kept.map(({ request }) => request.imageIndex)).toEqual([request.imageIndex]);

  await generation.retry();
  expect(generation.error).toBeNull();
  expect(kept.map(({ request }) => request.imageIndex)).toEqual(
    [0, 1].map((i) => request.imageIndex + i),
  );

  await client.remove(request.modelId);
  client.dispose();
});
