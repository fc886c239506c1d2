import { expect, test } from 'vitest';
import type { GenerationProgress } from '../../../src/contract/picture';
import type { GenerationRequest } from '../../../src/contract/request';
import type { GraphValue, DiffusionEntry } from '../../../src/models/manifest/manifest';
import golden from '../../fixtures/tiny-model/golden.json';
import { largestDifference, loadFixture, makeImage } from '../pipeline/fixture-model';

const MANIFEST_URL = new URL('../../fixtures/tiny-model/model-manifest.json', import.meta.url).href;
// Without guidance: the software adapter compiles every shader anew for a batch of two.
const request = {
  ...golden.request,
  ...{ guidanceScale: 1, numInferenceSteps: 2 },
} as GenerationRequest;

test('an image whose latents never leave the GPU is the image of the CPU', async () => {
  const onCpu = await loadFixture(MANIFEST_URL, 'tiny', 'wasm');
  const expected = await makeImage(onCpu.model, request);
  await onCpu.model.release();
  const { model, backend } = await loadFixture(MANIFEST_URL, 'tiny', 'webgpu');
  let numPreviews = 0;
  const onProgress = (progress: GenerationProgress) => {
    if (progress.stage === 'denoise' && progress.preview) numPreviews++;
  };
  const actual = await makeImage(model, request, { onProgress });
  const difference = largestDifference(expected.float, actual.float);
  console.log('webgpu − wasm', difference);
  expect(difference).toBeLessThan(1e-4);
  expect(largestDifference(expected.rgba, actual.rgba)).toBeLessThanOrEqual(1);
  expect(new Set(actual.rgba).size).toBeGreaterThan(20);
  await expect.poll(() => numPreviews).toBeGreaterThan(0); // they are read back without waiting

  // Nothing of a lost device becomes a picture.
  const late = makeImage(model, request, {
    onProgress: (progress) => {
      if (progress.stage === 'denoise' && progress.step === 1) backend.gpu!.lose();
    },
  });
  await expect(late).rejects.toMatchObject({ name: 'DeviceLost' });
}, 300_000);

test.each([
  ['without free dimensions', fixShapes],
  ['of which a run takes one row', oneRow],
])(
  'a UNet %s is recorded once and replayed, to the same image',
  async (_, change) => {
    const onCpu = await loadFixture(MANIFEST_URL, 'tiny', 'wasm');
    const expected = await makeImage(onCpu.model, request);
    await onCpu.model.release();
    const { model, backend } = await loadFixture(MANIFEST_URL, 'tiny', 'webgpu', change);
    const runs = model.record();
    const actual = await makeImage(model, { ...request, numInferenceSteps: 3 });
    expect(runs.some(({ session }) => session.replays)).toBe(true);
    expect(largestDifference(expected.float, actual.float)).toBeGreaterThan(1e-3); // three steps are not two
    const again = await makeImage(model, request);
    expect(largestDifference(expected.float, again.float)).toBeLessThan(1e-4);
    await model.release();
    backend.gpu!.destroy();
  },
  300_000,
);

/** The graph's batch stays free; the session fixes it. */
function oneRow({ components, ...entry }: DiffusionEntry): DiffusionEntry {
  return { ...entry, components: { ...components, unet: { ...components.unet, maxBatch: 1 } } };
}

/** The batch is 1, and said to be. */
function fixShapes({ components, ...entry }: DiffusionEntry): DiffusionEntry {
  const { unet } = components;
  const fix = (values: Record<string, GraphValue>) =>
    Object.fromEntries(
      Object.entries(values).map(([role, value]) => {
        const shape = value.shape.map((size) => (typeof size === 'number' ? size : 1));
        return [role, { ...value, shape }];
      }),
    );
  const fixed = { ...unet, inputs: fix(unet.inputs), outputs: fix(unet.outputs) };
  return { ...entry, components: { ...components, unet: fixed } };
}
