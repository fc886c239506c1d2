import type { GenerationRequest } from '../contract/request';
import type { GpuDevice } from '../models/runtime/gpu-device';
import type { DiffusionEntry } from '../models/manifest/manifest';
import type { Conditions } from './conditioning';
import type { LatentState } from './latents';
import type { RecordedRun } from './lazy-session';
import type { PredictNoise } from './unet';
import type { EncodeImage, VaeDecoder } from './vae';

/** A model that is ready to run: the graphs of one manifest entry behind a few verbs. */
export interface DiffusionModel {
  entry: DiffusionEntry;
  /** Prompt, negative prompt and covariates → the rows of every UNet batch. Texts are encoded once. */
  encodeConditions(request: GenerationRequest): Promise<Conditions>;
  /** Tokens of a text that are this word. */
  placesOf(text: string, word: string): number[];
  /** Puts the first latents, [1, c, h, w], where this model computes: on the CPU or on the GPU. */
  startLatents(initial: Float32Array): LatentState;
  predictNoise: PredictNoise;
  decode: VaeDecoder['decode'];
  decodeFloat: VaeDecoder['decodeFloat'];
  /** For image to image; compiles the VAE encoder at its first call. */
  encodeImage: EncodeImage;
  /** Milliseconds spent inside bare session runs since the model was loaded; on a GPU, in handing them over. */
  msSessions(): number;
  /** Notes the session runs from now on in the list that it returns. */
  record(): RecordedRun[];
  /** The device that latents live on; null: the CPU. */
  gpu: GpuDevice | null;
  release(): Promise<void>;
}
