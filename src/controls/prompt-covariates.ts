import { besideLoraTags, withoutLoraTags } from '../common/lora-tag';
import type { Covariate, ModelEntry } from '../models/manifest/manifest';
import { fitsModality, takesMask } from '../models/manifest/prompt-modality';
import { texts } from './texts';

/** Ways to write a number in a prompt, by the unit or the title of the covariate; the match is the number. */
const NUMBERS: Record<string, RegExp[]> = {
  years: [
    /\b\d{1,3}(?=[ -]years?[ -]old\b)/gi,
    /\b\d{1,3}(?=[ -]?(?:yo|y\/o)\b)/gi,
    /(?<=\bage(?:d)? )\d{1,3}\b/gi,
  ],
  'number of nuclei': [/\b\d{1,3}(?= (?:cell )?(?:nuclei|cells)\b)/gi],
};

/** What prompts say for a choice, where that is not its title. */
const SYNONYMS: Record<string, string[]> = {
  female: ['woman', 'female', 'lady'],
  male: ['man', 'male', 'gentleman'],
  pa: ['PA', 'posteroanterior'],
  ap: ['AP', 'anteroposterior'],
  none: ['no'],
};

/** What must follow a word that means other things elsewhere: "light skin" is a tone, "light microscopy" is none. */
const FOLLOWED_BY: Record<string, string> = {
  'skin tone': '(?= skin\\b)',
  'dr grade': '(?= (?:diabetic |nonproliferative )*retinopathy\\b)',
};

/**
 * The prompt with its own words for a covariate changed to this value, so that the two never disagree: "80 year old" for
 * an age, "30 nuclei" for their number, "woman" for a sex, "dark skin" for a tone. A prompt that does not mention it stays as it is.
 */
export function promptInStep(prompt: string, covariate: Covariate, value: number): string {
  const { choices } = covariate;
  if (!choices) {
    const said = String(Math.round(value));
    return besideLoraTags(prompt, (words) =>
      numbersOf(covariate).reduce((text, number) => text.replace(number, said), words),
    );
  }
  const wanted = choices.find((choice) => choice.value === value);
  if (!wanted) return prompt;
  const words = wordsOf(wanted.title);
  const instead = (found: string) => {
    const { place, title } = lookUp(covariate, found);
    if (title === wanted.title) return found;
    return words[place] ?? words[0];
  };
  return besideLoraTags(prompt, (text) => text.replace(anyChoice(covariate), instead));
}

/** What the prompt itself says of a covariate; null where it says nothing, or several things. */
export function valueInPrompt(prompt: string, covariate: Covariate): number | null {
  const said = withoutLoraTags(prompt);
  const values = covariate.choices
    ? (said.match(anyChoice(covariate)) ?? []).map((word) => lookUp(covariate, word).value)
    : numbersOf(covariate).flatMap((number) => (said.match(number) ?? []).map(Number));
  return new Set(values).size === 1 ? values[0] : null;
}

function numbersOf({ unit, title }: Covariate): RegExp[] {
  return NUMBERS[unit] ?? NUMBERS[title.toLowerCase()] ?? [];
}

/** "0 none" → what prompts say for "none". */
function wordsOf(title: string): string[] {
  const word = title.replace(/^\d+ /, '');
  return SYNONYMS[word.toLowerCase()] ?? [word];
}

/** Any word for any choice; the longest first, for "very light" holds "light". */
function anyChoice({ title, choices }: Covariate): RegExp {
  const words = (choices ?? []).flatMap((choice) => wordsOf(choice.title));
  const escaped = words
    .toSorted((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(
    `\\b(?:${escaped.join('|')})\\b${FOLLOWED_BY[title.toLowerCase()] ?? ''}`,
    'gi',
  );
}

/** Which choice a word means, and which of its words it is. */
function lookUp({ choices }: Covariate, word: string) {
  for (const { title, value } of choices ?? []) {
    const place = wordsOf(title).findIndex((one) => one.toLowerCase() === word.toLowerCase());
    if (place >= 0) return { title, value, place };
  }
  throw new Error(`"${word}" is no choice.`); // the expression is made of them
}

/** Kinds of image that are asked for, of a recipe's row perhaps several; null: one that is not known, for which anything may be meant. */
type Kinds = readonly (string | null)[];

/** Covariates that mean something for one of these kinds, and any that are asked for. */
export function shownFor(
  covariates: readonly Covariate[],
  kinds: Kinds,
  asked: readonly string[],
): Covariate[] {
  return covariates.filter((one) => asked.includes(one.name) || whyNotFor(one, kinds) === '');
}

/** Why a covariate means nothing for any of these kinds; empty where it does. */
export function whyNotFor(covariate: Covariate, kinds: Kinds): string {
  if (kinds.some((kind) => fitsModality(covariate, kind))) return '';
  return texts.meansNothing(kinds.join(', '), covariate.appliesTo.join(', '));
}

/** The same of a mask; also empty where the model takes none at all. */
export function whyNoMaskFor(entry: Pick<ModelEntry, 'conditions'>, kinds: Kinds): string {
  const { mask } = entry.conditions;
  if (!mask || kinds.some((kind) => takesMask(entry, kind))) return '';
  return texts.modelLearntMasks(mask.modalities.join(', '), kinds.join(', '));
}
