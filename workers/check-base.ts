import type { GenerationRequest, LoraChoice } from '../src/contract/request';
import type { ModelAccess } from './model-access';
import { adaptersOf } from '../src/diffusion/lora/adapter';
import { checkLearntOn } from '../src/models/manifest/learnt-on';

/** Throws `RequestInvalid` where what was learnt was learnt on other weights than its model has now. */
export async function checkBase(access: ModelAccess, request: GenerationRequest) {
  for (const adapter of adaptersOf(request)) await checkOne(access, adapter);
}

async function checkOne(access: ModelAccess, { base, title = 'The tuned model' }: LoraChoice) {
  if (!base) return;
  const found = await access.find(base.modelId).catch((error: Error) => {
    if (error.name === 'ModelUnsupported') return null; // a model of another site: the shapes must do
    throw error;
  });
  if (found) await checkLearntOn(base, title, found.entry);
}
