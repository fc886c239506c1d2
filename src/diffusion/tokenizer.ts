import { PreTrainedTokenizer } from '@huggingface/transformers';
import { appError } from '../errors';
import type { ModelEntry } from '../models/manifest';

/** A prompt as the text encoder takes it. */
export interface TokenizedPrompt {
  /** Exactly `maxLength` ids, padded on the right. */
  ids: number[];
  /** Words outside the vocabulary, as they were written, each once, in order. */
  unknownWords: string[];
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
    return { ids: [...ids, ...padding], unknownWords: findUnknownWords(text, encode, unkTokenId) };
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
