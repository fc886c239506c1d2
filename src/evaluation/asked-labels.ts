import type { NetworkLabels } from '../models/manifest/networks';

/** What a prompt asks a label network to see: indices into its classes. */
export interface AskedLabels {
  /** Any of these is what was asked for. */
  accepted: number[];
  /** Those among which it chooses, the accepted ones included. */
  candidates: number[];
  /** The accepted ones in words, each once. */
  titles: string[];
}

/** A phrase before which one of these stands is not asked for, unless it is a part of the phrase. */
const NEGATIONS = ['no', 'not', 'without'];

/**
 * The labels that a prompt names in the phrases that the model was trained with; null where it names none, or says "normal"
 * without saying of what. A label whose phrases hold what was said is meant too: "pneumonia" means the bacterial one as well.
 */
export function askedLabels(prompt: string, labels: NetworkLabels): AskedLabels | null {
  const words = wordsOf(prompt);
  const modality = namedModality(words, labels);
  const { classes } = labels;
  const within = classes.flatMap((one, i) => (fits(one.modality, modality) ? [i] : []));
  const phrases = within.flatMap((i) => classes[i].phrases);
  const said = findPhrases(words, phrases);
  const accepted = within.filter((i) =>
    said.some((phrase) => classes[i].phrases.some((one) => affirms(wordsOf(one), phrase))),
  );
  const modalities = new Set(accepted.map((i) => classes[i].modality));
  if (modalities.size !== 1) return null;
  const titles = [...new Set(accepted.map((i) => classes[i].title))];
  return { accepted, candidates: candidatesFor(accepted, labels), titles };
}

/**
 * The labels of the sets that the accepted ones belong to; a set that holds no others says nothing by itself, and then it is
 * every label of that kind of image.
 */
function candidatesFor(accepted: number[], { classes }: NetworkLabels): number[] {
  const sets = new Set(accepted.map((i) => classes[i].set));
  const own = classes.flatMap(({ set }, i) => (sets.has(set) ? [i] : []));
  if (own.length > accepted.length) return own;
  const { modality } = classes[accepted[0]];
  return classes.flatMap((one, i) => (one.modality === modality ? [i] : []));
}

/** The kind of image that the prompt names; null where it names none, or several. */
function namedModality(words: string[], { modalities }: NetworkLabels): string | null {
  const named = modalities.filter(({ phrases }) =>
    phrases.some((phrase) => holds(words, wordsOf(phrase))),
  );
  return named.length === 1 ? named[0].title : null;
}

function fits(modality: string, named: string | null): boolean {
  return named === null || modality === named;
}

/** The phrases that stand in a text, the longest first and no word twice: "no pneumonia" is not "pneumonia". */
export function findPhrases(words: string[], phrases: string[]): string[][] {
  const sought = [...new Set(phrases.map((phrase) => wordsOf(phrase).join(' ')))]
    .map((phrase) => phrase.split(' '))
    .sort((a, b) => b.length - a.length);
  const free = [...words];
  return sought.filter((phrase) => {
    let found = false;
    for (let at = placeOf(free, phrase); at >= 0; at = placeOf(free, phrase)) {
      found ||= !NEGATIONS.includes(words[at - 1]);
      free.fill('', at, at + phrase.length);
    }
    return found;
  });
}

/** "bacterial pneumonia" says "pneumonia", and "no pneumonia" does not. */
function affirms(words: string[], phrase: string[]): boolean {
  const at = placeOf(words, phrase);
  return at >= 0 && !NEGATIONS.includes(words[at - 1]);
}

function holds(words: string[], phrase: string[]): boolean {
  return placeOf(words, phrase) >= 0;
}

function placeOf(words: string[], phrase: string[]): number {
  return words.findIndex((_, at) => phrase.every((word, i) => words[at + i] === word));
}

/** As the tokenizer sees them: lower case, letters and digits. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}
