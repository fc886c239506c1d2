import {
  numImages,
  type CovariateRule,
  type MaskSettings,
  type RecipeRow,
  type Share,
  type TunedChoice,
} from '../../../dataset/recipe';
import { shownFor, whyNoMaskFor, whyNotFor } from '../../../controls/prompt-covariates';
import { rowModalities } from '../../../dataset/recipe-words';
import type { Stain } from '../../../image/nuclei-layout';
import type { Covariate, ModelEntry } from '../../../models/manifest/manifest';
import type { ModalityPhrases } from '../../../models/manifest/prompt-modality';
import { PairForm } from '../pairs/pair-form.svelte';
import { formatShares, parseShares } from './share-text';

/** A {placeholder} and its words. */
export class WordsForm {
  name = $state('');
  /** "nevus ×2, melanoma". */
  text = $state('');

  /** As it was opened: a line of text cannot say all that a list can. */
  #opened: { text: string; list: Share<string>[] };

  constructor(name: string, list: Share<string>[] = []) {
    this.name = name;
    this.text = formatShares(list);
    this.#opened = { text: this.text, list };
  }

  get list(): Share<string>[] {
    const { text, list } = this.#opened;
    if (this.text === text) return list;
    const names = Object.fromEntries(list.map(({ value, name }) => [value, name]));
    return parseShares(this.text).map((one) => named(one, names[one.value]));
  }
}

/** How a covariate is chosen in a row; at first all of its range, or every choice alike. */
export class RuleForm {
  readonly name: string;
  /** undefined: of another model, which is then refused by name. */
  readonly covariate: Covariate | undefined;
  kind = $state<'always' | 'range' | 'shares'>('range');
  value = $state(0);
  from = $state(0);
  to = $state(0);
  /** Of a covariate with choices: the share of each, by value; 0: not used. */
  shares = $state<Record<number, number>>({});
  /** Of one without: "40 ×2, 60". */
  text = $state('');

  /** What a placeholder says in place of a value, where the recipe has words of its own. */
  #names: Record<number, string | undefined> = {};
  #step: number | undefined;
  /** As it was opened: what nobody changes stays, also what has no field. */
  #opened: { fields: string; rule: CovariateRule } | null = null;

  constructor(name: string, covariate: Covariate | undefined, rule?: CovariateRule) {
    this.name = name;
    this.covariate = covariate;
    const { min = 0, max = 0, choices = [] } = covariate ?? {};
    this.kind = choices.length ? 'shares' : 'range';
    this.value = choices[0]?.value ?? min;
    [this.from, this.to] = [min, max];
    this.shares = Object.fromEntries(choices.map(({ value }) => [value, 1]));
    this.text = `${min}, ${max}`;
    if (rule === undefined) return;
    this.#use(rule);
    this.#opened = { fields: this.#fields, rule };
  }

  get #fields(): string {
    const { kind, value, from, to, shares, text } = this;
    return JSON.stringify([kind, value, from, to, shares, text]);
  }

  toRule(): CovariateRule {
    if (this.#opened?.fields === this.#fields) return this.#opened.rule;
    const { kind, value, from, to, covariate } = this;
    if (kind === 'range') return { from, to, step: this.#step ?? covariate?.step };
    const choices = covariate?.choices;
    if (choices) {
      const shares = kind === 'always' ? { [value]: 1 } : $state.snapshot(this.shares);
      return choices
        .filter((choice) => shares[choice.value] > 0)
        .map((choice) => ({
          value: choice.value,
          share: shares[choice.value],
          name: this.#names[choice.value] ?? choice.title,
        }));
    }
    if (kind === 'always') return value;
    return parseShares(this.text).map(({ value, share }) =>
      named({ value: Number(value), share }, this.#names[Number(value)]),
    );
  }

  #use(rule: CovariateRule) {
    if (typeof rule === 'number') {
      this.kind = 'always';
      this.value = rule;
    } else if (Array.isArray(rule)) {
      this.kind = 'shares';
      this.shares = sharesOf(rule);
      this.#names = Object.fromEntries(rule.map((one) => [one.value, one.name]));
      this.text = formatShares(rule);
    } else {
      this.kind = 'range';
      [this.from, this.to] = [rule.from, rule.to];
      this.#step = rule.step;
    }
  }
}

function named<T>(share: Share<T>, name: string | undefined): Share<T> {
  return name === undefined ? share : { ...share, name };
}

/** A row as it stands in the editor. */
export class RowForm {
  count = $state(0);
  prompt = $state('');
  negativePrompt = $state('');
  label = $state('');
  words = $state<WordsForm[]>([]);
  rules = $state<RuleForm[]>([]);
  mask = $state<'none' | 'own' | Stain>('none');
  /** What the model was taught, without how much of it; null: the model as it is. */
  tuned = $state.raw<Omit<TunedChoice, 'strength'> | null>(null);
  strength = $state(1);
  readonly pair: PairForm;
  /** Also what means nothing for the kinds of image that the prompt names. */
  showAll = $state(false);
  /** The settings of masks that are of no stain. */
  readonly ownMask: MaskSettings | null;

  #entry: ModelEntry;
  #known: readonly ModalityPhrases[];

  /** `known`: the phrases that name a kind of image. */
  constructor(row: RecipeRow, entry: ModelEntry, known: readonly ModalityPhrases[] = []) {
    const { count, prompt, label = '', mask, lora } = row;
    const guided = entry.ranges.guidanceScale[1] > 1; // else there is no field for it
    const negativePrompt = guided ? (row.negativePrompt ?? '') : '';
    Object.assign(this, { count, prompt, negativePrompt, label });
    this.#entry = entry;
    this.#known = known;
    this.words = Object.entries(row.words).map(([name, list]) => new WordsForm(name, list));
    this.rules = Object.entries(row.covariates).map(
      ([name, rule]) => new RuleForm(name, this.#covariate(name), rule),
    );
    this.mask = !mask ? 'none' : 'stain' in mask ? mask.stain : 'own';
    this.tuned = lora ? { sha256: lora.sha256, title: lora.title } : null;
    this.strength = lora?.strength ?? 1;
    this.pair = new PairForm(row.pair);
    this.ownMask = mask && !('stain' in mask) ? mask : null;
  }

  /** How many images it comes to. */
  get numImages(): number {
    return numImages({ count: this.count || 0, ...this.pair.settings });
  }

  /** Covariates that the row does not use yet: those that mean something for its kinds of image, or all. */
  get freeCovariates(): Covariate[] {
    const { covariates } = this.#entry.conditions;
    const taken = this.rules.map(({ name }) => name);
    const shown = this.showAll ? covariates : shownFor(covariates, this.kinds, []);
    return shown.filter(({ name }) => !taken.includes(name));
  }

  /** The kinds of image that its prompts name, as for the command line. */
  readonly kinds: (string | null)[] = $derived.by(() => {
    const { prompt } = this;
    return rowModalities({ prompt, words: this.#lists }, this.#entry, this.#known);
  });

  /** Why a covariate of the row means nothing; empty where it does, and for one of another model. */
  whyNot({ covariate }: RuleForm): string {
    return covariate ? whyNotFor(covariate, this.kinds) : '';
  }

  /** The same of masks. */
  get whyNoMask(): string {
    return whyNoMaskFor(this.#entry, this.kinds);
  }

  /** How much there is that means nothing here. */
  get numFolded(): number {
    const { covariates } = this.#entry.conditions;
    const unfit = covariates.length - shownFor(covariates, this.kinds, []).length;
    return unfit + (this.whyNoMask ? 1 : 0);
  }

  addWords() {
    const taken = this.words.map(({ name }) => name);
    this.words.push(new WordsForm(LIST_NAMES.find((name) => !taken.includes(name)) ?? ''));
  }

  addRule(name: string) {
    const covariate = this.#covariate(name);
    if (covariate) this.rules.push(new RuleForm(name, covariate));
  }

  toRow(): RecipeRow {
    const { count, mask, ownMask, tuned, strength } = this;
    const [prompt, negativePrompt, label] = [this.prompt, this.negativePrompt, this.label].map(
      (text) => text.trim(),
    );
    const settings = mask === 'own' ? ownMask : mask === 'none' ? null : { stain: mask };
    return {
      count,
      prompt,
      ...(negativePrompt ? { negativePrompt } : {}),
      ...(label ? { label } : {}),
      words: this.#lists,
      covariates: Object.fromEntries(this.rules.map((rule) => [rule.name, rule.toRule()])),
      ...(settings ? { mask: settings } : {}),
      ...(tuned ? { lora: { ...tuned, strength } } : {}),
      ...this.pair.settings,
    };
  }

  get #lists(): RecipeRow['words'] {
    return Object.fromEntries(this.words.map(({ name, list }) => [name.trim(), list]));
  }

  #covariate(name: string): Covariate | undefined {
    return this.#entry.conditions.covariates.find((one) => one.name === name);
  }
}

/** What a new list is called at first. */
const LIST_NAMES = ['finding', 'side', 'style'];

function sharesOf(list: Share<number>[]): Record<number, number> {
  return Object.fromEntries(list.map(({ value, share }) => [value, share]));
}
