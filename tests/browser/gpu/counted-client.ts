import { afterAll } from 'vitest';
import { createWorkerClient } from '../../../src/bridge/worker-client';
import type { GenerationRequest } from '../../../src/contract/request';
import golden from '../../fixtures/tiny-model/golden.json';
import type { Buffers } from '../workers/counting-buffers';

const MANIFEST_URL = new URL('../../fixtures/tiny-model/model-manifest.json', import.meta.url).href;

/** Of jobs that nobody stops or watches. */
export const options = { signal: new AbortController().signal, onProgress: () => undefined };

// Without guidance: the software adapter compiles every shader anew for a batch of two.
const request = {
  ...golden.request,
  ...{ guidanceScale: 1, numInferenceSteps: 2 },
} as GenerationRequest;

/** The same picture, but for its noise. */
export const ask = (imageIndex: number) => ({ ...request, imageIndex });

/** A client on the fixture package, which is installed. */
export async function installed(startInference?: () => Worker) {
  const client = createWorkerClient({ manifestUrl: MANIFEST_URL, startInference });
  await client.install(request.modelId, options);
  return client;
}

/** Of the workers that count; see workers/counting-buffers.ts. */
const channel = new BroadcastChannel('live buffers');
afterAll(() => channel.close());
export function countBuffers(): Promise<Buffers> {
  return new Promise((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<Buffers>) => resolve(data);
    channel.postMessage('how many');
  });
}
