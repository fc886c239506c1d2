import type { DiffusionModel } from '../src/diffusion/model';
import { generate } from '../src/diffusion/pipeline';
import type { GenerationRequest } from '../src/contract/request';

/** One whole run of a package of volumes in Python, by training/goldens/make_volume_fixtures.py. */
export interface GoldenVolume {
  request: GenerationRequest;
  /** Whether it was drawn to the fixture's label map. */
  labelMap: boolean;
  /** Every `stride`-th number of each of the arrays below. */
  stride: number;
  latents: number[];
  /** What the decoder gave, image and two fields. */
  decoded: number[];
  /** 0…255. */
  image: number[];
  labels: number[];
}

/** Makes the golden's volume and compares: largest deviations (of latents, over the largest |Python|), and labels that differ. */
export async function compareWithGoldenVolume(model: DiffusionModel, golden: GoldenVolume) {
  const every = (values: ArrayLike<number>) =>
    Array.from(values).filter((_, i) => i % golden.stride === 0);
  let latents = new Float32Array();
  let decoded = new Float32Array();
  const watched: DiffusionModel = {
    ...model,
    async decode(clean) {
      latents = (clean as Float32Array).slice();
      decoded = new Float32Array(await model.decodeFloat(clean));
      return model.decode(clean);
    },
  };
  const job = { signal: new AbortController().signal, onProgress: () => undefined };
  const { volume } = await generate(watched, golden.request, job);
  const labels = every(volume!.labelMap);
  return {
    latentsError:
      largest(every(latents), golden.latents) / Math.max(...golden.latents.map(Math.abs)),
    decodedError: largest(every(decoded), golden.decoded),
    imageDifference: largest(every(volume!.image), golden.image),
    labelsDiffering: labels.filter((label, i) => label !== golden.labels[i]).length / labels.length,
  };
}

/** Largest |a − b|; NaN where the lengths differ. */
function largest(a: number[], b: number[]): number {
  if (a.length !== b.length) return NaN;
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}
