import { PreTrainedTokenizer } from '@huggingface/transformers';
import { appError } from '../errors';
import type { ModelEntry } from '../models/manifest';

/** A prompt as the text encoder takes it. */
export interface TokenizedPrompt {
  /** Exactly `maxLength` ids, padded on the right. */
  ids: number[];
  /** Words outside the vocabulary, as they were written, each once, in order. */
  unknownWords: string[];
  /** Words at the end that found no room, as they were written, in order. */
  ignoredWords: string[];
}

/** Turns text into token ids. */
export type Tokenizer = (text: string) => TokenizedPrompt;

type Encode = (text: string, special: boolean) => number[];

/** The model's tokenizer, from the texts of its tokenizer.json and tokenizer_config.json. Fetches nothing. */
export function createTokenizer(
  { maxLength, padTokenId, unkTokenId }: ModelEntry['tokenizer'],
  tokenizerJson: string,
  tokenizerConfigJson: string,
): Tokenizer {
  const tokenizer = readTokenizer(tokenizerJson, tokenizerConfigJson);
  const encode: Encode = (text, special) => tokenizer.encode(text, { add_special_tokens: special });
  return (text) => {
    const ids = truncate(text, encode, maxLength);
    const padding = Array.from({ length: maxLength - ids.length }, () => padTokenId);
    const { kept, ignoredWords } = splitAtLimit(text, encode, maxLength);
    const unknownWords = findUnknownWords(kept, encode, unkTokenId);
    return { ids: [...ids, ...padding], unknownWords, ignoredWords };
  };
}

function readTokenizer(tokenizerJson: string, tokenizerConfigJson: string): PreTrainedTokenizer {
  try {
    return new PreTrainedTokenizer(JSON.parse(tokenizerJson), JSON.parse(tokenizerConfigJson));
  } catch (cause) {
    throw appError(
      'ModelCorrupt',
      "The model's tokenizer cannot be read (expected tokenizer.json and tokenizer_config.json of " +
        `Hugging Face tokenizers, got: ${String(cause)}). Delete the model and download it again.`,
      cause,
    );
  }
}

/** Ids of a text with the special tokens around it; too long a text loses its end, never its special tokens. */
function truncate(text: string, encode: Encode, maxLength: number): number[] {
  const ids = encode(text, true);
  if (ids.length <= maxLength) return ids;
  const content = encode(text, false);
  const numSpecial = ids.length - content.length;
  const before = ids.findIndex((_, start) => content.every((id, i) => ids[start + i] === id));
  return [
    ...ids.slice(0, before),
    ...content.slice(0, maxLength - numSpecial),
    ...ids.slice(before + content.length),
  ];
}

/** The part of a text that fits as a whole, and the words after it; a word of which only a piece fits is ignored. */
function splitAtLimit(text: string, encode: Encode, maxLength: number) {
  const fits = (end: number) => encode(text.slice(0, end), true).length <= maxLength;
  if (fits(text.length)) return { kept: text, ignoredWords: [] };
  const ends = [...text.matchAll(/\S+/g)].map(({ index, 0: word }) => index + word.length);
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(ends[middle - 1])) low = middle;
    else high = middle - 1;
  }
  const keptEnd = low === 0 ? 0 : ends[low - 1];
  return { kept: text.slice(0, keptEnd), ignoredWords: text.slice(keptEnd).match(/\S+/g) ?? [] };
}

/** A run of letters, digits and marks, or any one other sign: as word-level tokenizers cut a prompt. */
const PIECES = /[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu;

function findUnknownWords(text: string, encode: Encode, unkTokenId: number | null): string[] {
  if (unkTokenId === null) return [];
  const isUnknown = (part: string) => {
    const ids = encode(part, false);
    // A normalizer may drop letters of other scripts without a trace.
    return ids.length === 0 || ids.includes(unkTokenId);
  };
  const found = new Map<string, string>();
  // Whole words first: a vocabulary may know "x-ray" and not "ray".
  for (const word of (text.match(/\S+/g) ?? []).filter(isUnknown)) {
    const pieces = (word.match(PIECES) ?? []).filter(isUnknown);
    for (const piece of pieces.length ? pieces : [word]) {
      const key = piece.toLowerCase();
      if (/[\p{L}\p{N}]/u.test(piece) && !found.has(key)) found.set(key, piece);
    }
  }
  return [...found.values()];
}
