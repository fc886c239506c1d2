import type { LoraChoice } from '../../contract/request';
import type { ModelAccess } from './model-access';
import { checkLearntOn } from '../manifest/learnt-on';

/** Throws `RequestInvalid` where what was learnt was learnt on other weights than its model has now. */
export async function checkBase(access: ModelAccess, adapters: readonly LoraChoice[]) {
  for (const adapter of adapters) await checkOne(access, adapter);
}

async function checkOne(access: ModelAccess, { base, title = 'The tuned model' }: LoraChoice) {
  if (!base) return;
  const found = await access.find(base.modelId).catch((error: Error) => {
    if (error.name === 'ModelUnsupported') return null; // a model of another site: the shapes must do
    throw error;
  });
  if (found) await checkLearntOn(base, title, found.entry);
}
