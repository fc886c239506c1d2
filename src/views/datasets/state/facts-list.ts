import type { FactsChange, ImageFacts, Verdict } from '../../../dataset/dataset-store';
import { NO_FILTER, type Filter } from '../../../dataset/filter';
import { texts } from '../texts';

/** The list with the changed ones in their places. */
export function replaced(facts: ImageFacts[], changed: ImageFacts[]): ImageFacts[] {
  const byId = new Map(changed.map((one) => [one.id, one]));
  return facts.map((one) => byId.get(one.id) ?? one);
}

/** What undoes such a change of these: no more than it says, for another tab may change the rest. */
export function takenBack(before: ImageFacts[], change: Partial<ImageFacts>): FactsChange[] {
  const keys = Object.keys(change) as (keyof ImageFacts)[];
  return before.map((facts) => ({
    id: facts.id,
    ...(Object.fromEntries(keys.map((key) => [key, facts[key]])) as Partial<ImageFacts>),
  }));
}

/** The list with those that are new to it, in the order of the recipe. */
export function merged(facts: ImageFacts[], arrived: ImageFacts[]): ImageFacts[] {
  const known = new Set(facts.map(({ id }) => id));
  const fresh = arrived.filter(({ id }) => !known.has(id));
  return [...facts, ...fresh].sort((a, b) => a.index - b.index);
}

/** Those with one of these ids that were not discarded. */
export function among(facts: ImageFacts[], ids: string[]): ImageFacts[] {
  const wanted = new Set(ids);
  return facts.filter(({ id, discarded }) => wanted.has(id) && !discarded);
}

/** Lowest and highest value of a covariate. */
export function rangeOf(facts: ImageFacts[], covariate: string): { from: number; to: number } {
  const values = facts.flatMap(({ covariates }) => covariates[covariate] ?? []);
  // Math.min takes only so many arguments.
  return values.reduce(
    ({ from, to }, value) => ({ from: Math.min(from, value), to: Math.max(to, value) }),
    { from: Infinity, to: -Infinity },
  );
}

/** How many parts of a filter ask for something. */
export function countFilters(filter: Filter): number {
  const keys = Object.keys(NO_FILTER) as (keyof Filter)[];
  return keys.filter((key) => filter[key] !== NO_FILTER[key]).length;
}

/** Those that were rejected and are still there. */
export function rejectedOf(facts: readonly ImageFacts[]): ImageFacts[] {
  return facts.filter(({ verdict, discarded }) => verdict === 'reject' && !discarded);
}

/** What is looked at once these are gone: the image behind them, else the one before. */
export function neighbourOf(
  shown: readonly ImageFacts[],
  subject: readonly ImageFacts[],
): ImageFacts | undefined {
  const last = shown.findIndex(({ id }) => id === subject.at(-1)?.id);
  return shown[last + 1] ?? shown[shown.indexOf(subject[0]) - 1];
}

/** What was done to a rating; null: it was taken away. */
export function ratingWords(rating: ImageFacts['rating']): string {
  return rating ? texts.ratedOf(rating) : texts.ratingTakenAway;
}

/** What a verdict made of an image. */
export function verdictWords(verdict: Verdict): string {
  return verdict === 'keep'
    ? texts.keptTitle
    : verdict
      ? texts.rejectedTitle
      : texts.undecidedTitle;
}
