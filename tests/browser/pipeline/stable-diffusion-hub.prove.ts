import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import { largestDifference, loadFixture, makeImage } from './fixture-model';

// Random weights in the shapes of hub-manifest.json: python -m training.goldens.make_hub_shapes
const GOLDENS = new URL('../../../runs/hub-shapes/goldens.json', import.meta.url);
const MANIFEST = new URL('../../../runs/hub-shapes/model-manifest.json', import.meta.url);

interface HubGolden {
  request: GenerationRequest;
  /** [3, height, width] by diffusers, −1…1 before clamping. */
  image: number[];
  tolerance: number;
}

const answer = await (await fetch(GOLDENS)).text();
const found = answer.startsWith('['); // a server may answer with a page for what it has not
const goldens = found ? (JSON.parse(answer) as HubGolden[]) : [];

test('the packages are there', () => {
  expect(
    goldens,
    `make them: python -m training.goldens.make_hub_shapes; got ${answer.slice(0, 80)}`,
  ).toHaveLength(5);
});

test.each(goldens)(
  'a package in the shape of $request.modelId draws on wasm what diffusers draws',
  async ({ request, image, tolerance }) => {
    const { model } = await loadFixture(MANIFEST.href, request.modelId, 'wasm');
    const { float } = await makeImage(model, { ...request, covariates: {} });
    await model.release();
    const difference = largestDifference(float, image);
    const largest = Math.max(...image.map(Math.abs));
    console.log(`${request.modelId}: ${difference.toExponential(1)} of ${largest.toFixed(2)}`);
    expect(difference).toBeLessThanOrEqual(tolerance * largest);
  },
  600_000,
);
