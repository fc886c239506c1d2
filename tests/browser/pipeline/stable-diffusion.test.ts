import { expect, test } from 'vitest';
import { loadFixture } from './fixture-model';
import { compareWithDiffusers, readSdGoldens, SD_MANIFEST_URL } from './sd-goldens';

const { goldens, initImage } = await readSdGoldens();
const LIMIT = 1e-3;

test('Stable Diffusion on wasm makes the images of diffusers: every scheduler, guidance, image to image', async () => {
  const found: Record<string, number> = {};
  for (const modelId of new Set(goldens.map(({ request }) => request.modelId))) {
    const { model } = await loadFixture(SD_MANIFEST_URL, modelId, 'wasm');
    for (const golden of goldens.filter(({ request }) => request.modelId === modelId)) {
      found[golden.title] = await compareWithDiffusers(model, golden, initImage);
    }
    await model.release();
  }
  console.log(JSON.stringify(found, null, 1));
  expect(Object.keys(found)).toHaveLength(goldens.length);
  expect(Object.entries(found).filter(([, difference]) => !(difference <= LIMIT))).toEqual([]);
});

test('Stable Diffusion on WebGPU makes the image of diffusers', async () => {
  // One golden, for the software adapter is slow; all of them: npm run prove-sd.
  const golden = goldens.find(
    ({ request }) => request.scheduler === 'dpm-solver-multistep' && request.guidanceScale > 1,
  )!;
  const { model, backend } = await loadFixture(SD_MANIFEST_URL, golden.request.modelId, 'webgpu');
  const difference = await compareWithDiffusers(model, golden, initImage);
  console.log(golden.title, difference);
  expect(difference).toBeLessThanOrEqual(LIMIT);
  await model.release();
  backend.gpu!.destroy();
}, 300_000);
