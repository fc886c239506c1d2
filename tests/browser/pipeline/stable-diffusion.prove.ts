import { expect, test } from 'vitest';
import { loadFixture } from './fixture-model';
import { compareWithDiffusers, readSdGoldens, SD_MANIFEST_URL } from './sd-goldens';

// Minutes on a software adapter: `npm run prove-sd`.
const { goldens, initImage } = await readSdGoldens();

test.each([...new Set(goldens.map(({ request }) => request.modelId))])(
  '%s on WebGPU makes the images of diffusers',
  async (modelId) => {
    const { model, backend } = await loadFixture(SD_MANIFEST_URL, modelId, 'webgpu');
    for (const golden of goldens.filter(({ request }) => request.modelId === modelId)) {
      const start = performance.now();
      const difference = await compareWithDiffusers(model, golden, initImage);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${golden.title}: ${difference.toExponential(1)}, ${seconds} s`);
      expect.soft(difference, golden.title).toBeLessThanOrEqual(1e-3);
    }
    await model.release();
    backend.gpu!.destroy();
  },
  3_600_000,
);
