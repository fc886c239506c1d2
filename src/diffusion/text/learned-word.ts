import type { FactorArray, LoraChoice } from '../../contract/request';
import type { PromptEmbeds } from './text-encoder';
import type { Tokenizer } from './tokenizer';

/**
 * A word that was learned along with low-rank factors: two embeddings that are added to what the text encoder makes of a
 * prompt in which the word stands, one where the summary token is (the first) and one wherever the word is. As textual inversion
 * (Gal et al. 2022, https://arxiv.org/abs/2208.01618), but behind the text encoder, which stays as it is.
 */

/** Its name among the factors; [2, hidden]: for the summary token, and for the word. */
export const WORD_EMBEDS = 'word.embeds';

/** A letter or a digit of any script: what a word consists of. */
const SIGN = '[\\p{L}\\p{N}]';

/** Whether this can be a word: letters and digits, in one piece. */
export function isWord(text: string): boolean {
  return new RegExp(`^${SIGN}{1,40}$`, 'u').test(text);
}

function matcher(word: string): RegExp {
  return new RegExp(`(?<!${SIGN})${word}(?!${SIGN})`, 'giu');
}

/** The text with the word in front, unless it is there. */
export function withWord(text: string, word: string): string {
  if (matcher(word).test(text)) return text;
  return text ? `${word}, ${text}` : word;
}

/** Places among the text's ids where the word stands; empty where it does not, or where the text was cut before it. */
export function placesOf(text: string, word: string, tokenizer: Tokenizer, padTokenId: number) {
  const count = (part: string) => tokenizer(part).ids.filter((id) => id !== padTokenId).length;
  const empty = count('');
  // One special token stands before the text.
  return [...text.matchAll(matcher(word))].flatMap(({ index, 0: found }) => {
    const before = count(text.slice(0, index)) - empty;
    const length = count(text.slice(0, index + found.length)) - empty - before;
    return Array.from({ length }, (_, i) => 1 + before + i);
  });
}

/** Adds `strength` times the learned embeddings, [2, hidden], to those of one text, [tokens, hidden]; a new array. */
export function addWord(
  embeds: Float32Array,
  places: readonly number[],
  learned: Float32Array,
  strength = 1,
): Float32Array {
  const hidden = learned.length / 2;
  const changed = embeds.slice();
  const add = (row: number, place: number) => {
    for (let i = 0; i < hidden; i++)
      changed[place * hidden + i] += strength * learned[row * hidden + i];
  };
  if (places.length > 0) add(0, 0);
  for (const place of places) add(1, place);
  return changed;
}

/** A prompt's embeds with what adapters have learned of their words; as they were where none of these is in it. */
export function learnedEmbeds(
  encoded: PromptEmbeds,
  adapters: readonly LoraChoice[],
  places: (word: string) => number[],
): PromptEmbeds {
  return wordsOf(adapters).reduce((so, learned) => {
    const at = places(learned.word);
    if (at.length === 0) return so;
    const same = (other: string) => other.toLowerCase() === learned.word.toLowerCase();
    return {
      ...so,
      embeds: addWord(so.embeds, at, learned.embeds, learned.strength),
      unknownWords: so.unknownWords.filter((word) => !same(word)),
    };
  }, encoded);
}

/** What decides the embeds of a prompt besides its text, to tell remembered ones apart. */
export function wordKey(adapters: readonly LoraChoice[]): unknown {
  return wordsOf(adapters).map(({ word, strength, embeds }) => [word, strength, ...embeds]);
}

function wordsOf(adapters: readonly LoraChoice[]) {
  return adapters.flatMap(({ word, strength, factors = [] }) => {
    const embeds = factors.find(isWordEmbeds)?.data;
    return word && embeds ? [{ word, strength, embeds }] : [];
  });
}

/** Whether it is a learned word and no factor of the UNet. */
export function isWordEmbeds({ name }: Pick<FactorArray, 'name'>): boolean {
  return name === WORD_EMBEDS;
}
