import type { FinetuneStore, TunedModel } from '../../../finetune/finetune-store';
import {
  heldOutFigures,
  promptsOf,
  roundsOf,
  shownPairs,
  type KeptPairs,
  type TunedResult,
} from '../../../finetune/tuned-result';
import type { TunedState } from '../tuned.svelte';
import type { EndedRun } from './ended-run';

/** A tuned model with what its run has left. */
export interface ShownResult {
  model: TunedModel;
  /** null: it was imported, or made before such was kept. */
  result: TunedResult | null;
}

/** The page of a tuned model's results: kept with the model, and for a visit with the images it was trained on. */
export class TunedResults {
  error = $state.raw<Error | null>(null);

  #asked = $state.raw<ShownResult | null>(null);
  /** Of runs that ended in this visit, by tuned model. */
  #ended = $state.raw<Readonly<Record<string, EndedRun>>>({});
  #store: FinetuneStore;
  #tuned: TunedState;

  /** null: the list of all. One that is deleted, here or in another tab, leads to the list. */
  shown = $derived.by(() => {
    const { model } = this.#asked ?? {};
    return this.#tuned.models.some(({ id }) => id === model?.id) ? this.#asked : null;
  });

  /** Of the run that is shown; null where it measured none. */
  heldOut = $derived(heldOutFigures(this.shown?.result?.history ?? []));

  /** Steps after which samples were made, the last first. */
  rounds = $derived(roundsOf(this.shown?.result?.samples ?? []));

  /** The nearest pairs, with the images trained on where they are still known. */
  pairs = $derived.by(() => {
    const { model, result } = this.shown ?? {};
    const pairs: KeptPairs | null = this.#ended[model?.id ?? '']?.pairs ?? result?.pairs ?? null;
    return pairs && shownPairs(pairs);
  });

  constructor(store: FinetuneStore, tuned: TunedState) {
    this.#store = store;
    this.#tuned = tuned;
  }

  /** Shows a tuned model's results; null, or one that is gone: the list. */
  async show(id: string | null) {
    this.error = null;
    const model = this.#tuned.models.find((one) => one.id === id);
    if (!model) this.#asked = null;
    else {
      const result = await this.#read(model);
      this.#asked = { model, result };
    }
  }

  /** Shows the results of a run that has just ended. */
  async arrive(ended: EndedRun) {
    this.#ended = { ...this.#ended, [ended.tunedId]: ended };
    await this.show(ended.tunedId);
  }

  /** The training captions as prompts, the most frequent first; empty where they were not kept. */
  async promptsOf(model: TunedModel): Promise<ReturnType<typeof promptsOf>> {
    return promptsOf(model, await this.#read(model));
  }

  /** Pictures of a tuned model by its run's last round, and the files that it was trained on in this visit. */
  async imagesOf({ id, ...model }: TunedModel) {
    const { samples = [] } = (await this.#read({ id, ...model })) ?? {};
    const last = samples.at(-1)?.step;
    const { trainedOn = [], heldOut = [] } = this.#ended[id] ?? {};
    return { samples: samples.filter(({ step }) => step === last), trainedOn, heldOut };
  }

  /** Forgets all that the page holds. */
  close() {
    this.#asked = null;
    this.#ended = {};
  }

  async #read({ id }: TunedModel): Promise<TunedResult | null> {
    try {
      return await this.#store.result(id);
    } catch (error) {
      this.error = error as Error;
      return null;
    }
  }
}
