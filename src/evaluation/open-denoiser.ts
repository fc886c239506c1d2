import type { GenerationProgress } from '../contract/picture';
import type { LoraChoice } from '../contract/request';
import type { OpenDenoiser } from './metrics/membership';
import { openModel } from '../diffusion/engine/open-model';
import { factorGraphs } from '../models/download/tuning-graphs';
import { findInstalled } from '../models/installed/find-installed';
import type { ModelAccess } from '../models/installed/model-access';
import { diffusionEntry } from '../models/manifest/generator';
import type { Backend } from '../models/runtime/backend';

/** A model for the membership test, with what it was taught where that is asked for. Weights that are not stored are fetched for this run. */
export async function openDenoiser(
  access: ModelAccess,
  { modelId, lora, seed }: { modelId: string; lora?: LoraChoice; seed: number },
  backend: Backend,
  onProgress: (progress: GenerationProgress) => void,
): Promise<OpenDenoiser> {
  const withFactors = lora !== undefined;
  const needs = { graphs: withFactors ? factorGraphs : undefined, intoMemory: true };
  const { signal } = new AbortController();
  const found = await findInstalled(access, modelId, needs, { signal, onProgress });
  const entry = diffusionEntry(found.entry, 'the test of what it was trained on');
  const { model, adaptation } = await openModel({ ...found, entry }, { backend, withFactors });
  await adaptation.adapt?.(lora ? [lora] : []);
  const { createDenoiser } = await import('../diffusion/denoiser');
  const { id, title } = entry;
  return {
    ...createDenoiser(model, seed),
    model: { id, title, sha256: found.hash },
    tuned: lora
      ? { title: lora.title ?? '', sha256: lora.sha256 ?? '', strength: lora.strength }
      : null,
  };
}
