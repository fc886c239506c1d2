import type { GenerationRequest } from '../../../contract/request';
import { createMemoryRecords, type Records } from '../../../common/records';
import { PromptStore, settingsOf, type PromptRecord } from '../../../gallery/prompt-store';

/** Of a page that keeps nothing: gone with it. */
const inMemory = createMemoryRecords<PromptRecord>();

/** `records`: absent, the page's memory. */
export function promptStore(records: Records<PromptRecord> = inMemory): PromptStore {
  return new PromptStore(records);
}

/** Remembers the prompt of a picture; while stored images are locked it is written nowhere. */
export async function remember(
  records: Records<PromptRecord> | undefined,
  request: GenerationRequest,
) {
  try {
    await promptStore(records).remember(settingsOf(request));
  } catch (error) {
    if ((error as Error).name !== 'Locked') throw error;
  }
}
