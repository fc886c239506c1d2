import type { FactorArray, GenerationRequest, LoraChoice } from '../../contract/request';
import { appError } from '../../errors';
import type { FinetuneStore, TunedModel } from '../../finetune/finetune-store';
import { baseOf } from '../../finetune/lora-file';
import type { ModelEntry } from '../../models/manifest/manifest';
import { unetOf } from '../../models/manifest/model-files';
import { familyOf } from '../../models/manifest/relatives';
import { TabChannel } from '../../browser/tab-channel';
import { InTurn } from '../../common/in-turn';

export type { TunedModel } from '../../finetune/finetune-store';

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
  #filled: { id: string; factors: FactorArray[] } | null = null;

  #tabs: TabChannel<'changed'>;
  /** Reads of the list. */
  #turns = new InTurn();

  /** `channel`: by which tabs that have this store hear of each other; null where it is this page's alone. */
  constructor(
    store: FinetuneStore,
    entry: ModelEntry,
    bases: readonly ModelEntry[],
    channel: string | null = null,
  ) {
    this.#store = store;
    this.#entry = entry;
    this.#bases = bases;
    this.#tabs = new TabChannel(channel, () => void this.load().catch(() => undefined));
  }

  /** Reads the list again here and in the other tabs, after a model was kept or deleted. */
  async changed() {
    await this.load();
    this.#tabs.tell('changed');
  }

  /** Those that fit the studio's model: trained on it, or on its relative with the same text encoder. */
  get offered(): TunedModel[] {
    if (!unetOf(this.#entry)?.loraGraph) return [];
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
    await this.#turns.run(async () => {
      this.models = await this.#store.tuned();
    });
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
      lora: { factors: this.#factors, strength, sha256, ...namesOf(facts) },
    };
  }

  /** Chooses what a picture was made with, and says so where it is no longer there. */
  async restore(lora: LoraChoice | undefined) {
    const found = this.#find(lora);
    await this.choose(found?.id ?? null);
    if (lora) this.strength = lora.strength;
    if (lora && !found) this.error = missing(lora);
  }

  /** A saved request with the factors that its hash stands for. Throws `TunedMissing` where they are not here. */
  async fill<Asked extends Pick<GenerationRequest, 'lora'>>(request: Asked): Promise<Asked> {
    const { lora } = request;
    if (!lora || lora.factors) return request;
    const found = this.#find(lora);
    // A recipe asks for the same ones a thousand times.
    if (found && this.#filled?.id !== found.id) {
      const factors = await this.#store.factors(found.id);
      this.#filled = factors && { id: found.id, factors };
    }
    if (!found || !this.#filled) throw missing(lora);
    const { factors } = this.#filled;
    return { ...request, lora: { ...lora, ...namesOf(found.facts), factors } };
  }

  #find(lora: LoraChoice | undefined): TunedModel | undefined {
    return this.models.find(({ sha256 }) => sha256 === lora?.sha256);
  }

  /** Models of one family have one text encoder. */
  #family(modelId: string): string | null | undefined {
    const entry = this.#bases.find(({ id }) => id === modelId);
    return entry && familyOf(entry);
  }
}

/** Title, learned word and base, as a request has them. */
function namesOf(facts: TunedModel['facts']): Pick<LoraChoice, 'title' | 'word' | 'base'> {
  const { title, word } = facts;
  return { title, ...(word ? { word } : {}), ...baseOf(facts) };
}

function missing({ title = 'without a name', sha256 = '' }: LoraChoice): Error {
  return appError(
    'TunedMissing',
    `The tuned model "${title}" is not in this browser (expected the factors ${sha256.slice(0, 12)}…). Import its file under ` +
      'Fine-tune, or go on without it.',
  );
}
