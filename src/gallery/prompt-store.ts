import type { GenerationRequest } from '../contract/request';
import { exclusively } from '../common/exclusively';
import { randomId } from '../common/random-id';
import type { Records } from '../common/records';

/** What was typed and chosen for a picture, besides its seed and the images it was made from. Plain data. */
export interface PromptSettings extends Pick<
  GenerationRequest,
  | 'modelId'
  | 'prompt'
  | 'negativePrompt'
  | 'numInferenceSteps'
  | 'guidanceScale'
  | 'guidanceRescale'
  | 'scheduler'
  | 'covariates'
> {
  /** What the model had been taught, by the hash of its factors. */
  lora?: { sha256: string; title: string; strength: number };
}

/** Settings that drew a picture, and when they last did. */
export interface UsedPrompt {
  usedAt: Date;
  settings: PromptSettings;
}

/** Settings that somebody has given a name. */
export interface Preset {
  id: string;
  title: string;
  settings: PromptSettings;
}

/** One record of the database. Ids say nothing of what is in them, for they are not encrypted. */
export type PromptRecord = { id: string } & ({ used: UsedPrompt[] } | { preset: Preset });

/** Prompts that are remembered. */
export const HISTORY_LENGTH = 50;
const HISTORY = 'history';

/** What of a request is remembered. */
export function settingsOf({
  modelId,
  prompt,
  negativePrompt,
  numInferenceSteps,
  guidanceScale,
  guidanceRescale,
  scheduler,
  covariates,
  lora,
}: GenerationRequest): PromptSettings {
  const tuned = lora?.sha256
    ? { lora: { sha256: lora.sha256, title: lora.title ?? '', strength: lora.strength } }
    : {};
  const sampling = { numInferenceSteps, guidanceScale, scheduler };
  const rescale = guidanceRescale === undefined ? {} : { guidanceRescale };
  const said = { modelId, prompt, negativePrompt, covariates: { ...covariates } };
  return { ...said, ...sampling, ...rescale, ...tuned };
}

/** Prompts that drew a picture, and presets: free text, and so kept as patient data is. */
export class PromptStore {
  #records: Records<PromptRecord>;

  constructor(records: Records<PromptRecord>) {
    this.#records = records;
  }

  /** Newest first, each prompt once. */
  async history(): Promise<UsedPrompt[]> {
    const record = await this.#records.get(HISTORY);
    return record && 'used' in record ? record.used : [];
  }

  /** A prompt that is known moves to the front, with the settings that it had this time. */
  remember(settings: PromptSettings): Promise<void> {
    return exclusively('prompt history', async () => {
      const others = (await this.history()).filter((one) => !isSame(one.settings, settings));
      const used = [{ usedAt: new Date(), settings }, ...others].slice(0, HISTORY_LENGTH);
      await this.#records.putAll([{ id: HISTORY, used }]);
    });
  }

  clearHistory(): Promise<void> {
    return this.#records.removeAll([HISTORY]);
  }

  /** By title. */
  async presets(): Promise<Preset[]> {
    const records = await this.#records.listSmall('preset/', () => undefined);
    const all = records.flatMap((record) => ('preset' in record ? [record.preset] : []));
    return all.sort((a, b) => a.title.localeCompare(b.title));
  }

  /** Adds presets under ids of their own. */
  addPresets(presets: readonly Omit<Preset, 'id'>[]): Promise<void> {
    const added = presets.map((one): Preset => ({ ...one, id: randomId() }));
    return this.#records.putAll(added.map((preset) => ({ id: `preset/${preset.id}`, preset })));
  }

  /** One that is gone stays gone. */
  async renamePreset(id: string, title: string): Promise<void> {
    const record = await this.#records.get(`preset/${id}`);
    if (!record || !('preset' in record)) return;
    await this.#records.putAll([{ ...record, preset: { ...record.preset, title } }]);
  }

  removePreset(id: string): Promise<void> {
    return this.#records.removeAll([`preset/${id}`]);
  }
}

/** Two prompts that differ in settings alone are one: the history has its last settings. */
function isSame(a: PromptSettings, b: PromptSettings): boolean {
  return a.prompt === b.prompt && a.negativePrompt === b.negativePrompt;
}
