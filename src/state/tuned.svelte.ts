import type { FactorArray, GenerationRequest, LoraChoice } from '../../workers/api';
import type { FinetuneStore, TunedModel } from '../finetune/finetune-store';
import type { ModelEntry } from '../models/manifest';

export type { TunedModel } from '../finetune/finetune-store';

/** Tuned models, and the one that the form uses. */
export class TunedState {
  models = $state.raw<TunedModel[]>([]);
  /** null: the model as it is. */
  chosen = $state.raw<TunedModel | null>(null);
  strength = $state(1);
  error = $state.raw<Error | null>(null);

  #store: FinetuneStore;
  #entry: ModelEntry;
  #bases: readonly ModelEntry[];
  #factors: FactorArray[] = [];

  constructor(store: FinetuneStore, entry: ModelEntry, bases: readonly ModelEntry[]) {
    this.#store = store;
    this.#entry = entry;
    this.#bases = bases;
  }

  /** Those that fit the studio's model: trained on it, or on its relative with the same text encoder. */
  get offered(): TunedModel[] {
    if (!this.#entry.components.unet.loraGraph) return [];
    return this.models.filter(({ facts }) => {
      return (
        facts.modelId === undefined || this.#family(facts.modelId) === this.#family(this.#entry.id)
      );
    });
  }

  /** Whether it was trained on a relative of the studio's model and not on the model itself. */
  onRelative({ facts }: TunedModel): boolean {
    return facts.modelId !== undefined && facts.modelId !== this.#entry.id;
  }

  /** What of it decides the picture, as text. */
  get version(): string {
    return this.chosen ? `${this.chosen.sha256} ${this.strength}` : '';
  }

  async load() {
    this.models = await this.#store.tuned();
    if (!this.models.some(({ id }) => id === this.chosen?.id)) this.chosen = null;
  }

  async choose(id: string | null) {
    this.error = null;
    const found = this.models.find((model) => model.id === id) ?? null;
    try {
      this.#factors = (found && (await this.#store.factors(found.id))) ?? [];
      this.chosen = found;
    } catch (error) {
      this.error = error as Error;
    }
  }

  addTo(request: GenerationRequest): GenerationRequest {
    if (!this.chosen) return request;
    const { facts, sha256 } = this.chosen;
    const { strength } = this;
    return {
      ...request,
      lora: { factors: this.#factors, strength, sha256, title: facts.title },
    };
  }

  /** Chooses what a picture was made with, if it is still there. */
  async restore(lora: LoraChoice | undefined) {
    const found = this.models.find(({ sha256 }) => sha256 === lora?.sha256);
    await this.choose(found?.id ?? null);
    if (lora) this.strength = lora.strength;
  }

  /** Models of one family have one text encoder. */
  #family(modelId: string): string | null | undefined {
    const entry = this.#bases.find(({ id }) => id === modelId);
    return entry?.components.textEncoder.graph.shards[0]?.sha256;
  }
}
