import type { DiffusionModel } from '../../../src/diffusion/model';
import type { GenerationRequest } from '../../../src/contract/request';
import goldens from '../../fixtures/tiny-sd/goldens.json';
import { largestDifference, makeImage } from './fixture-model';

/** The package that training/goldens/make_sd_fixtures.py wrote. */
export const SD_MANIFEST_URL = new URL(
  '../../fixtures/tiny-sd/model-manifest.json',
  import.meta.url,
).href;

/** One image by diffusers, and what it was asked. */
export interface SdGolden {
  title: string;
  request: GenerationRequest & { strength?: number };
  image: Float32Array;
}

/** All of them, and the image that those with a strength start from. */
export async function readSdGoldens() {
  const url = new URL('../../fixtures/tiny-sd/goldens.bin', import.meta.url);
  const numbers = new Float32Array(await (await fetch(url)).arrayBuffer());
  const count = (dims: number[]) => dims.reduce((product, size) => product * size, 1);
  const cut = (offset: number, dims: number[]) => numbers.slice(offset, offset + count(dims));
  const { initImage, rows } = goldens;
  const all = rows.map(({ request, offset, latents, image }): SdGolden => {
    const { modelId, scheduler, guidanceScale } = request;
    const strength = 'strength' in request ? request.strength : undefined;
    return {
      title: `${modelId}, ${scheduler}, guidance ${guidanceScale}${strength ? `, strength ${strength}` : ''}`,
      request: { ...request, strength, covariates: {} },
      image: cut(offset + count(latents), image),
    };
  });
  return { goldens: all, initImage: cut(initImage.offset, initImage.shape) };
}

/** Largest difference between the app's image and diffusers', in −1…1, before clamping and rounding. */
export async function compareWithDiffusers(
  model: DiffusionModel,
  { request: { strength, ...request }, image }: SdGolden,
  initImage: Float32Array,
): Promise<number> {
  const init =
    strength === undefined ? undefined : { encoded: await model.encodeImage(initImage), strength };
  const { float } = await makeImage(model, request, { init });
  return largestDifference(float, image);
}
