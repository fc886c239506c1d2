import { deleteDB } from 'idb';
import { expect, test } from 'vitest';
import { createWorkerClient } from '../../../src/bridge/worker-client';
import type { GenerationRequest } from '../../../src/contract/request';
import { openGallery, toGalleryItem } from '../../../src/gallery/gallery-store';
import { openNifti } from '../../../src/image/nifti/read-nifti';
import { GenerationState } from '../../../src/views/studio/state/generation.svelte';
import golden from '../../fixtures/tiny-volume/golden.json';
import ExhaustedMidwayWorker from '../workers/exhausted-midway.worker?worker';
import InferenceWorker from '../../../workers/inference.worker?worker';

const manifestUrl = new URL('../../fixtures/tiny-volume/model-manifest.json', import.meta.url).href;
const request = golden.runs[0].request as unknown as GenerationRequest;

test.each(['denoise 1', 'decode', 'save'])(
  'a device whose memory is full at "%s" of a volume says so, keeps nothing half, and the next run works',
  async (step) => {
    const workers = [() => new ExhaustedMidwayWorker({ name: step }), () => new InferenceWorker()];
    const client = createWorkerClient({ manifestUrl, startInference: () => workers.shift()!() });
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    await client.install(request.modelId, options);
    const name = `volume-memory-${step}`;
    const gallery = await openGallery(name);
    const generation = new GenerationState(client, {
      ready: () => Promise.resolve(true),
      choice: () => 'wasm',
      keep: (image) => gallery.add(toGalleryItem(image)),
    });

    await generation.start(request);
    expect(generation.error).toMatchObject({
      name: 'OutOfMemory',
      message: expect.stringMatching(/Close other tabs/) as string,
    });
    expect([generation.image, generation.running]).toEqual([null, false]);
    expect(await gallery.list()).toEqual([]);

    await generation.retry();
    expect(generation.error).toBeNull();
    const [kept] = await gallery.list();
    const { shape } = await openNifti(new Uint8Array(await kept.volume!.image.arrayBuffer()));
    expect(shape).toEqual([8, 16, 24]);

    gallery.close();
    await deleteDB(name);
    await client.remove(request.modelId);
    client.dispose();
  },
);
