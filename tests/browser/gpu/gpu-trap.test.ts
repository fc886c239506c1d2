import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import golden from '../../fixtures/tiny-model/golden.json';
import { loadFixture, makeImage } from '../pipeline/fixture-model';

const MANIFEST_URL = new URL('../../fixtures/tiny-model/model-manifest.json', import.meta.url).href;
const request = {
  ...golden.request,
  ...{ guidanceScale: 1, numInferenceSteps: 2 },
} as GenerationRequest;

/** From now on `device` gives buffers of so many bytes that are as unusable as those for which there was no memory. */
function refuseBuffers(device: GPUDevice, isRefused: (bytes: number) => boolean) {
  const create = device.createBuffer.bind(device);
  let refused = 0;
  device.createBuffer = (descriptor) => {
    if (!isRefused(descriptor.size)) return create(descriptor);
    refused++;
    // MAP_READ goes with COPY_DST only, so this buffer is invalid, and nothing throws.
    return create({ ...descriptor, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
  };
  return { count: () => refused, restore: () => void (device.createBuffer = create) };
}

test('a picture whose buffer is invalid is DeviceLost, never a black picture', async () => {
  const { model, backend } = await loadFixture(MANIFEST_URL, 'tiny', 'webgpu');
  const { width, height } = model.entry.image;
  const image = refuseBuffers(backend.gpu!.device, (bytes) => bytes === 3 * 4 * width * height);
  await expect(makeImage(model, request)).rejects.toMatchObject({ name: 'DeviceLost' });
  expect(image.count()).toBeGreaterThan(0);
  expect(backend.gpu!.lost).toBe(true);
  backend.gpu!.destroy();
}, 300_000);

test('a buffer that finds no room is OutOfMemory in the job that runs', async () => {
  const { model, backend } = await loadFixture(MANIFEST_URL, 'tiny', 'webgpu');
  const { device } = backend.gpu!;
  const making = makeImage(model, request, {
    onProgress: (progress) => {
      if (progress.stage !== 'decode') return;
      const error = new GPUOutOfMemoryError('no room for 12 bytes');
      device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    },
  });
  await expect(making).rejects.toMatchObject({
    name: 'OutOfMemory',
    message: expect.stringContaining('no room for 12 bytes') as string,
  });
  backend.gpu!.destroy();
}, 300_000);
