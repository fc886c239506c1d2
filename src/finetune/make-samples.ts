import type { FactorArray, GenerationRequest } from '../contract/request';
import type { Adapt } from '../diffusion/engine/adaptation';
import type { DiffusionModel } from '../diffusion/model';
import { generate, type GeneratedPixels } from '../diffusion/pipeline';
import { encodePng } from '../image/png';
import { syntheticTexts } from '../image/synthetic-texts';
import { readFloat32 } from '../models/runtime/gpu-tensor';
import type { DiffusionEntry } from '../models/manifest/manifest';
import type { FinetuneSettings } from './run';

/** A model whose UNet takes factors. */
export interface TunableModel {
  model: DiffusionModel;
  adapt: Adapt;
  modelHash: string;
}

/** A sample as an image and as what the decoder was given. */
export interface Sample {
  pixels: GeneratedPixels;
  /** [channels · height · width], at the UNet's scale. */
  latents: Float32Array<ArrayBuffer>;
  request: GenerationRequest;
}

/** The base model's samples draw from other noise than those of the run. */
const PRIOR_SEED_OFFSET = 1000;

/** What a sample of the run, or of the base model, is asked for: noise by its index alone. */
export function sampleRequest(
  entry: DiffusionEntry,
  { seed, sampleSteps }: Pick<FinetuneSettings, 'seed' | 'sampleSteps'>,
  prompt: string,
  imageIndex: number,
  prior = false,
): GenerationRequest {
  const { guidanceScale, scheduler } = entry.defaults;
  const [min, max] = entry.ranges.numInferenceSteps;
  return {
    modelId: entry.id,
    prompt,
    negativePrompt: '',
    imageIndex,
    guidanceScale,
    scheduler,
    seed: (seed + (prior ? PRIOR_SEED_OFFSET : 0)) % 2 ** 32,
    numInferenceSteps: Math.min(max, Math.max(min, sampleSteps)),
    covariates: {},
  };
}

/** Makes one image with these factors; none: as the base model does. */
export async function makeSample(
  { model, adapt }: TunableModel,
  factors: readonly FactorArray[],
  request: GenerationRequest,
  word = '',
): Promise<Sample> {
  await adapt([{ factors, strength: 1 }]);
  let latents = new Float32Array();
  const lora = { factors: [...factors], strength: 1, word };
  const watched: DiffusionModel = {
    ...model,
    encodeConditions: (asked) => model.encodeConditions({ ...asked, lora }),
    async decode(clean) {
      latents = new Float32Array(
        clean instanceof Float32Array ? clean : await readFloat32(model.gpu!, clean),
      );
      return model.decode(clean);
    },
  };
  const { signal } = new AbortController();
  const job = { signal, onProgress: () => undefined, previews: false };
  const pixels = await generate(watched, request, job);
  return { pixels, latents, request };
}

/** A sample as a file that says of itself that it is synthetic. */
export function samplePng({ pixels, request }: Sample, modelHash: string, step: number): Blob {
  const lora = { strength: 1, title: `Fine-tuning, step ${step}` };
  return encodePng(pixels, syntheticTexts({ ...request, lora }, modelHash));
}

/** Up to `count` different captions, spread over the set. */
export function samplePrompts(captions: readonly string[], count: number): string[] {
  const different = [...new Set(captions)];
  return Array.from({ length: count }, (_, i) => different[i % different.length]);
}
