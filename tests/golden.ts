import type { DiffusionModel } from '../src/diffusion/model';
import { generate } from '../src/diffusion/pipeline';
import type { GenerationRequest } from '../src/contract/request';

/** One whole run of a model's package in Python, by training/goldens/make_fixtures.py. */
export interface Golden {
  request: GenerationRequest;
  latents: number[];
  /** 0…255, every `pixelStride`-th pixel of every `pixelStride`-th row, RGB. */
  pixels: number[];
  pixelStride: number;
}

/** How far a run in TypeScript is from the one in Python. */
export interface GoldenComparison {
  /** Largest |TypeScript − Python| of the final latents over the largest |Python|; NaN where one is none. */
  latentsError: number;
  /** Of each colour of each pixel, in levels of 0…255. */
  pixelDifferences: number[];
}

/** Makes the golden's image with a model and compares both ends of the run: latents and pixels. */
export async function compareWithGolden(
  model: DiffusionModel,
  { request, latents, pixels, pixelStride }: Golden,
): Promise<GoldenComparison> {
  let actual = new Float32Array();
  const watched: DiffusionModel = {
    ...model,
    decode: (clean) => ((actual = (clean as Float32Array).slice()), model.decode(clean)),
    // An edit decodes the image before and after.
    decodeFloat: (clean) => ((actual = (clean as Float32Array).slice()), model.decodeFloat(clean)),
  };
  const job = { signal: new AbortController().signal, onProgress: () => undefined };
  const { rgba, width } = await generate(watched, request, job);

  const perRow = width / pixelStride;
  const pixelDifferences = pixels.map((value, i) => {
    const [pixel, colour] = [Math.floor(i / 3), i % 3];
    const [y, x] = [Math.floor(pixel / perRow) * pixelStride, (pixel % perRow) * pixelStride];
    return Math.abs(rgba[(y * width + x) * 4 + colour] - value);
  });
  const sameLength = actual.length === latents.length;
  const errors = latents.map((x, i) => Math.abs(actual[i] - x));
  const latentsError = Math.max(...errors) / Math.max(...latents.map(Math.abs));
  return { latentsError: sameLength ? latentsError : NaN, pixelDifferences };
}
