import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../../src/contract/request';
import { largestDifference, loadFixture, makeImage } from './fixture-model';

// Random weights in the shapes of hub-manifest.json, and of SDXL
const PACKAGES: [folder: string, script: string, goldens: number][] = [
  ['hub-shapes', 'training.goldens.make_hub_shapes', 5],
  ['sdxl-shape', 'training.goldens.make_sdxl_shape', 3],
];
const fileOf = (folder: string, name: string) =>
  new URL(`../../../runs/${folder}/${name}`, import.meta.url).href;

interface HubGolden {
  request: GenerationRequest;
  /** [3, height, width] by diffusers, −1…1 before clamping. */
  image: number[];
  tolerance: number;
}

const read = await Promise.all(
  PACKAGES.map(async ([folder, script, wanted]) => {
    const answer = await (await fetch(fileOf(folder, 'goldens.json'))).text();
    const found = answer.startsWith('['); // a server may answer with a page for what it has not
    return { folder, script, wanted, goldens: found ? (JSON.parse(answer) as HubGolden[]) : [] };
  }),
);

test.each(read)('the packages of $folder are there', ({ script, wanted, goldens }) => {
  expect(goldens, `make them: python -m ${script}`).toHaveLength(wanted);
});

const goldens = read.flatMap(({ folder, goldens: own }) =>
  own.map((golden) => ({ ...golden, manifest: fileOf(folder, 'model-manifest.json') })),
);

test.each(goldens)(
  'a package in the shape of $request.modelId draws on wasm what diffusers draws, guided by $request.guidanceScale',
  async ({ request, image, tolerance, manifest }) => {
    const { model } = await loadFixture(manifest, request.modelId, 'wasm');
    const { float } = await makeImage(model, { ...request, covariates: {} });
    await model.release();
    const difference = largestDifference(float, image);
    const largest = Math.max(...image.map(Math.abs));
    console.log(`${request.modelId}: ${difference.toExponential(1)} of ${largest.toFixed(2)}`);
    expect(difference).toBeLessThanOrEqual(tolerance * largest);
  },
  600_000,
);
