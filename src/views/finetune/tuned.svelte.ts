import type { FactorArray, GenerationRequest, LoraChoice } from '../../contract/request';
import { appError } from '../../errors';
import type { FinetuneStore, TunedModel } from '../../finetune/finetune-store';
import { baseOf } from '../../finetune/lora-file';
import { findByName, readPromptLoras } from '../../finetune/prompt-loras';
import type { ModelEntry } from '../../models/manifest/manifest';
import { takesAdapters } from '../../models/manifest/model-files';
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
  /** Of the request that was filled last: a recipe asks for the same ones a thousand times. */
  #filled: Readonly<Record<string, FactorArray[]>> = {};

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
    if (!takesAdapters(this.#entry)) return [];
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

  /**
   * A request with the factors that its hashes stand for, and with those that its prompt names (`<lora:NAME:WEIGHT>`), which leave the
   * prompt. Throws `TunedMissing` where they are not here.
   */
  async fill<Asked extends Askable>(request: Asked): Promise<Asked> {
    const { prompt, asked } = readPromptLoras(request.prompt ?? '');
    const named = asked.map(({ name, strength }): LoraChoice => {
      return { strength, sha256: this.#named(name).sha256 };
    });
    const wanted = [...(request.moreLoras ?? []), ...named];
    const filled: Record<string, FactorArray[]> = {};
    const lora = request.lora && (await this.#fillOne(request.lora, filled));
    const moreLoras: LoraChoice[] = [];
    for (const one of wanted) moreLoras.push(await this.#fillOne(one, filled));
    this.#filled = filled;
    return {
      ...request,
      ...(lora ? { lora } : {}),
      ...(wanted.length ? { moreLoras } : {}),
      ...(asked.length ? { prompt } : {}),
    };
  }

  async #fillOne(lora: LoraChoice, filled: Record<string, FactorArray[]>): Promise<LoraChoice> {
    if (lora.factors) return lora;
    const found = this.#find(lora);
    const factors = found && (this.#filled[found.id] ?? (await this.#store.factors(found.id)));
    if (!found || !factors) throw missing(lora);
    filled[found.id] = factors;
    return { ...lora, ...namesOf(found.facts), factors };
  }

  /** The words that were learned with the chosen one, and with those that a prompt names: they are no unknown ones. */
  learnedWords(prompt: string): string[] {
    const named = readPromptLoras(prompt).asked.flatMap(({ name }) => this.#allNamed(name));
    return [...(this.chosen ? [this.chosen] : []), ...named].flatMap(
      ({ facts }) => facts.word ?? [],
    );
  }

  /** What a prompt may mean by a name, of those that fit the studio's model where any does. */
  #allNamed(name: string): TunedModel[] {
    const titleOf = ({ facts }: TunedModel) => facts.title;
    const fitting = findByName(name, this.offered, titleOf);
    return fitting.length > 0 ? fitting : findByName(name, this.models, titleOf);
  }

  #named(name: string): TunedModel {
    const found = this.#allNamed(name);
    if (found.length === 0) throw unknownName(name, this.models);
    if (found.some(({ sha256 }) => sha256 !== found[0].sha256)) throw ambiguous(name, found);
    return found[0];
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

/** What may ask for factors: a request, or the part of one that an evaluation has. */
type Askable = Pick<GenerationRequest, 'lora' | 'moreLoras'> & { prompt?: string };

function unknownName(name: string, models: readonly TunedModel[]): Error {
  const known = models.map(({ facts }) => facts.title).join(', ');
  return appError(
    'TunedMissing',
    `No tuned model or LoRA is called "${name}" (this browser has ${known || 'none'}). Import its file under Fine-tune, or take ` +
      'it out of the prompt.',
  );
}

function ambiguous(name: string, found: readonly TunedModel[]): Error {
  return appError(
    'TunedMissing',
    `${found.length} tuned models or LoRAs are called "${name}" (expected one). Choose the one meant in the studio's form instead, or ` +
      'delete the others under Fine-tune, or import its file again under another name.',
  );
}

function missing({ title = 'without a name', sha256 = '' }: LoraChoice): Error {
  return appError(
    'TunedMissing',
    `The tuned model "${title}" is not in this browser (expected the factors ${sha256.slice(0, 12)}…). Import its file under ` +
      'Fine-tune, or go on without it.',
  );
}
