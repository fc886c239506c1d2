import type { CheckChoice, GenerationRequest } from '../contract/request';
import type { NucleiSettings, Stain } from '../image/nuclei-layout';
import { createDealer, createSpread, hash32 } from './deal';

/** One value of a list, and how many parts of the row it gets: shares 7 and 3 are 70 % and 30 %. */
export interface Share<T> {
  value: T;
  /** A whole number above 0. */
  share: number;
  /** What a {placeholder} says in place of the value: "light" for skin tone 4. */
  name?: string;
}

/** How a covariate is chosen: always the same, spread evenly from one end to the other, or dealt out by shares. */
export type CovariateRule = number | { from: number; to: number; step?: number } | Share<number>[];

/** Of the mask generator: nuclei as in real masks of a stain, or as these settings say. Each image gets its own. */
export type MaskSettings = { stain: Stain } | NucleiSettings;

/** What the model was taught, by the hash of its factors: a recipe holds none itself. */
export interface TunedChoice {
  /** Of the factors (src/models/manifest/hash-factors.ts), hex. */
  sha256: string;
  title: string;
  /** Multiplied into the factors, 0…2. */
  strength: number;
}

/** A picture that the first image of a pair is, in place of a drawn one: a recipe holds none itself. */
export interface SourceChoice {
  /** Its file's name, or what it shows. */
  title: string;
  /** Of its pixels as RGB bytes at the model's size, hex; absent: it is found by its file's name. */
  sha256?: string;
  /** What it shows, where that is not what the row says. */
  prompt?: string;
  covariates?: Record<string, number>;
}

/** What is changed of each image of a row: a counterfactual pair is the image, and the same with this changed. */
export interface PairSettings {
  /** "make it glioma", "older"; with the placeholders of the row. */
  sentence: string;
  /** The class of the changed image, with the same placeholders; absent: what the sentence names, else the image's own. */
  label?: string;
  /** How hard the change is pushed, 1…12; absent: that of src/common/edit-standard.ts. */
  push?: number;
  /** The noise level it starts at, above 0 and up to 1; absent as above. */
  strength?: number;
  /** The first images, one for each pair; absent: the row draws them. */
  sources?: SourceChoice[];
}

/** `count` images of one kind; with `pair` so many pairs of two. */
export interface RecipeRow {
  count: number;
  /** With {placeholders}: names of `words` or of `covariates`. */
  prompt: string;
  negativePrompt?: string;
  /** The class that the images belong to, with the same placeholders; absent: the words, joined. */
  label?: string;
  /** What the placeholders stand for. Lists are dealt crosswise, with the listed covariates. */
  words: Record<string, Share<string>[]>;
  /** In the unit the model's manifest states; one without a rule is not asked for. */
  covariates: Record<string, CovariateRule>;
  mask?: MaskSettings;
  /** Absent: the model as it is. */
  lora?: TunedChoice;
  pair?: PairSettings;
}

/** Images are drawn until a label network sees what their prompts name. */
export type RecipeCheck = Required<Omit<CheckChoice, 'optional'>>;

/** A whole data set in one page of JSON. The same recipe always means the same images. */
export interface Recipe {
  version: 1;
  title: string;
  modelId: string;
  /** Of all images; image k is the k-th of this seed's noise streams. */
  seed: number;
  numInferenceSteps: number;
  guidanceScale: number;
  scheduler: string;
  /** Of every image whose prompt names a label; absent: none is checked. */
  check?: RecipeCheck;
  rows: RecipeRow[];
}

/** What a recipe says about one of its images. */
export interface PlannedImage {
  /** Counted from 0 over all rows. */
  index: number;
  row: number;
  label: string;
  words: Record<string, string>;
  /** Of the second image of a pair that of the first: what becomes of it is said by src/controls/edit/pair.ts. */
  request: GenerationRequest;
  mask: MaskSettings | null;
  /** Absent: it belongs to no pair. */
  pair?: PlannedPair;
}

/** The pair of an image. */
export interface PlannedPair {
  /** Index of its first image. */
  first: number;
  /** Of the first image: the picture that it is; absent: it is drawn. */
  source?: SourceChoice;
  /** Of the second image, with words in place of placeholders: how it differs from the first. */
  change?: Omit<PairSettings, 'sources'>;
}

/** A recipe as a list that exists one element at a time. */
export interface Plan {
  total: number;
  /** Costs the same for every k, and keeps nothing. */
  image(k: number): PlannedImage;
}

/** Of a {placeholder}. */
export const PLACEHOLDER = /\{([^{}]*)\}/g;

/**
 * The recipe's images, row by row. Within a row every beginning is balanced: lists are dealt crosswise, in exact
 * shares, and ranges are filled evenly, so that a data set that was stopped early is a smaller one of the same kind.
 */
export function createPlan(recipe: Recipe): Plan {
  const rows = recipe.rows.map((row, i) => createRow(recipe, row, i));
  const ends = cumulated(recipe.rows.map(numImages));
  const total = ends.at(-1) ?? 0;
  return {
    total,
    image(k) {
      const row = rowOf(ends, k);
      return rows[row](k, k - (ends[row] - numImages(recipe.rows[row])));
    },
  };
}

/** How many images a row comes to. */
export function numImages({ count, pair }: Pick<RecipeRow, 'count' | 'pair'>): number {
  return pair ? 2 * count : count;
}

/** How long the rest takes and how much it needs, from what an image took so far. */
export function estimate(
  numImages: number,
  measured: { msPerImage: number; bytesPerImage: number },
): { ms: number; bytes: number } {
  return { ms: numImages * measured.msPerImage, bytes: numImages * measured.bytesPerImage };
}

/** Words for the placeholders of a template. Throws a plain `Error` for an unknown one: recipes are validated. */
export function fill(template: string, words: Record<string, string>): string {
  return template.replace(PLACEHOLDER, (_all, name: string) => {
    if (!Object.hasOwn(words, name)) throw new Error(`No word for {${name}}.`);
    return words[name];
  });
}

type RowImage = (index: number, j: number) => PlannedImage;

function createRow(recipe: Recipe, row: RecipeRow, rowIndex: number): RowImage {
  const wordLists = Object.entries(row.words);
  const rules = Object.entries(row.covariates);
  const valueLists = rules.filter((rule): rule is [string, Share<number>[]] => isList(rule[1]));
  const ranges = rules.filter((rule): rule is [string, Range] => isRange(rule[1]));
  const deal = createDealer([...wordLists, ...valueLists].map(([, list]) => sharesOf(list)));
  const spread = createSpread(ranges.map(([name]) => hash32(recipe.seed, rowIndex, name)));

  return (index, at) => {
    // Both images of a pair are of one place.
    const j = row.pair ? at >> 1 : at;
    const dealt = deal(j);
    const words = pick(wordLists, dealt);
    const listed = pick(valueLists, dealt.slice(wordLists.length));
    const along = spread(j);
    const covariates: Record<string, number> = {};
    const said: Record<string, string> = {};
    for (const [name, rule] of rules) {
      if (typeof rule === 'number') covariates[name] = rule;
      else if (isList(rule)) covariates[name] = listed[name].value;
      else covariates[name] = within(rule, along[ranges.findIndex(([one]) => one === name)]);
      said[name] = listed[name]?.name ?? String(covariates[name]);
    }
    for (const [name, { value, name: title }] of Object.entries(words)) said[name] = title ?? value;
    const chosen = { index, rowIndex, said, words: valuesOf(words), covariates };
    if (!row.pair) return finish(recipe, row, { ...chosen, first: index });
    const source = row.pair.sources?.[j];
    const shown = finish(recipe, row, { ...chosen, first: index - (at & 1), source });
    return { ...shown, pair: pairOf(row.pair, shown, said, source) };
  };
}

interface Chosen {
  index: number;
  /** Of a pair its first image, of any other the image itself. */
  first: number;
  rowIndex: number;
  /** For every placeholder. */
  said: Record<string, string>;
  words: Record<string, string>;
  covariates: Record<string, number>;
  /** What it shows goes before what the row says. */
  source?: SourceChoice;
}

function finish(recipe: Recipe, row: RecipeRow, chosen: Chosen): PlannedImage {
  const { index, first, rowIndex, said, words, covariates, source } = chosen;
  const { modelId, seed, numInferenceSteps, guidanceScale, scheduler } = recipe;
  return {
    index,
    row: rowIndex,
    label: row.label ? fill(row.label, said) : Object.values(words).join(', '),
    words,
    request: {
      modelId,
      seed,
      imageIndex: first,
      numInferenceSteps,
      guidanceScale,
      scheduler,
      prompt: source?.prompt ?? fill(row.prompt, said),
      negativePrompt: fill(row.negativePrompt ?? '', said),
      covariates: source?.covariates ?? covariates,
      ...(row.lora ? { lora: row.lora } : {}),
      ...(recipe.check ? { check: { ...recipe.check, optional: true } } : {}),
    },
    mask: row.mask ?? null,
  };
}

function pairOf(
  { sentence, label, sources: _all, ...how }: PairSettings,
  { index, request: { imageIndex: first } }: PlannedImage,
  said: Record<string, string>,
  source?: SourceChoice,
): PlannedPair {
  if (index === first) return { first, ...(source && { source }) };
  const own = label ? { label: fill(label, said) } : {};
  return { first, change: { ...how, ...own, sentence: fill(sentence, said) } };
}

interface Range {
  from: number;
  to: number;
  step?: number;
}

function isList(rule: CovariateRule): rule is Share<number>[] {
  return Array.isArray(rule);
}

function isRange(rule: CovariateRule): rule is Range {
  return typeof rule === 'object' && !Array.isArray(rule);
}

function sharesOf(list: Share<unknown>[]): number[] {
  return list.map(({ share }) => share);
}

function pick<T>(lists: [string, Share<T>[]][], dealt: number[]): Record<string, Share<T>> {
  return Object.fromEntries(lists.map(([name, list], i) => [name, list[dealt[i]]]));
}

function valuesOf(shares: Record<string, Share<string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(shares).map(([name, { value }]) => [name, value]));
}

/** The value at `u`, 0 ≤ u < 1, of the way; with a step, every value of the grid is as likely as the others. */
function within({ from, to, step }: Range, u: number): number {
  if (!step) return from + u * (to - from);
  const numValues = Math.floor((to - from) / step + 1e-9) + 1;
  // Rounded away: 0.1 · 3 is not 0.3.
  return Number((from + Math.floor(u * numValues) * step).toPrecision(12));
}

function cumulated(counts: number[]): number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}

/** The first row that ends after k. */
function rowOf(ends: number[], k: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] > k) high = middle;
    else low = middle + 1;
  }
  return low;
}
