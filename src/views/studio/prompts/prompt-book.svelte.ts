import { saveBlob } from '../../../browser/save-file';
import { parsePresets, writePresets } from '../../../gallery/preset-file';
import {
  HISTORY_LENGTH,
  settingsOf,
  type Preset,
  type PromptSettings,
  type PromptStore,
  type UsedPrompt,
} from '../../../gallery/prompt-store';
import type { GenerationRequest } from '../../../contract/request';
import type { WorkbenchHost } from '../state/beside-the-picture.svelte';
import { texts } from '../texts/prompts';

/** Longest title of a preset. */
export const TITLE_LENGTH = 80;

/** Prompts that were used, and presets, beside the form that takes them up. */
export class PromptBook {
  /** How many prompts are remembered. */
  readonly length = HISTORY_LENGTH;
  used = $state.raw<UsedPrompt[]>([]);
  presets = $state.raw<Preset[]>([]);
  /** Words that a prompt is looked for by. */
  search = $state('');
  /** Of the preset that is to be saved. */
  title = $state('');
  error = $state.raw<Error | null>(null);

  #store: PromptStore;
  #host: WorkbenchHost;

  /** Used prompts in which every word that was searched for stands. */
  found = $derived.by(() => {
    const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
    return this.used.filter(({ settings }) => {
      const said = `${settings.prompt} ${settings.negativePrompt}`.toLowerCase();
      return words.every((word) => said.includes(word));
    });
  });

  constructor(store: PromptStore, host: WorkbenchHost) {
    this.#store = store;
    this.#host = host;
  }

  load() {
    return this.#attempt(() => Promise.resolve());
  }

  /** Fills the form; the seed stays as it is. Of another model only what every model has: words and covariates. */
  take(settings: PromptSettings) {
    const { form, finetuning, entry } = this.#host;
    const { seed, seedLocked, imageIndex, count } = form.contents;
    const own = settings.modelId === entry.id;
    const names = entry.conditions.covariates.map(({ name }) => name);
    const covariates = Object.entries(settings.covariates).filter(([name]) => names.includes(name));
    const request: GenerationRequest = {
      ...settings,
      ...(own ? {} : entry.defaults),
      covariates: Object.fromEntries(covariates),
      seed,
      imageIndex,
    };
    form.useSettings(request);
    // After the seed, for setting that one changes these.
    form.contents = { ...form.contents, seedLocked, imageIndex, count };
    void finetuning.restore(request);
  }

  /** Keeps the form as it stands under the title that was typed; one of that title is replaced. */
  async savePreset() {
    const title = this.title.trim().slice(0, TITLE_LENGTH);
    const { form, finetuning } = this.#host;
    if (title === '') return;
    const { seed, ...typed } = form.contents;
    const request = { ...typed, modelId: form.model.id, seed };
    const settings = settingsOf(finetuning.addTo(request));
    const before = this.presets.filter((one) => one.title === title);
    const done = await this.#attempt(async () => {
      await this.#store.addPresets([{ title, settings }]);
      for (const { id } of before) await this.#store.removePreset(id);
    });
    if (done) this.title = '';
  }

  async rename(id: string, title: string) {
    const short = title.trim().slice(0, TITLE_LENGTH);
    if (short !== '') await this.#attempt(() => this.#store.renamePreset(id, short));
  }

  remove(id: string) {
    return this.#attempt(() => this.#store.removePreset(id));
  }

  clearHistory() {
    return this.#attempt(() => this.#store.clearHistory());
  }

  exportPresets() {
    const json = new Blob([writePresets(this.presets)], { type: 'application/json' });
    saveBlob(json, `${texts.fileName}.json`);
  }

  importPresets(file: Blob) {
    return this.#attempt(async () => this.#store.addPresets(parsePresets(await file.text())));
  }

  /** True: it is done, and what is shown is what is stored. */
  async #attempt(work: () => Promise<void>): Promise<boolean> {
    this.error = null;
    try {
      await work();
      this.used = await this.#store.history();
      this.presets = await this.#store.presets();
      return true;
    } catch (error) {
      this.error = error as Error;
      return false;
    }
  }
}
