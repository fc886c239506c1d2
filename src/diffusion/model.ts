import type { GenerationRequest } from '../../workers/api';
import type { ModelEntry } from '../models/manifest';
import type { Conditions } from './conditioning';
import type { PredictNoise } from './unet';
import type { Decode } from './vae';

/** A model that is ready to run: the graphs of one manifest entry behind three verbs. */
export interface DiffusionModel {
  entry: ModelEntry;
  /** Prompt, negative prompt and covariates → the rows of every UNet batch. Texts are encoded once. */
  encodeConditions(request: GenerationRequest): Promise<Conditions>;
  predictNoise: PredictNoise;
  decode: Decode;
  /** Milliseconds spent inside bare session runs since the model was loaded. */
  msSessions(): number;
  release(): Promise<void>;
}
