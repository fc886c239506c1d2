import { Tokenizer as TokenizerOfHub } from '@huggingface/tokenizers';
import { appError } from '../../errors';
import type { DiffusionEntry } from '../../models/manifest/manifest';
import { spellOutClip } from './clip-layout';
import { sortWords } from './known-words';
import { parseWeights } from './prompt-weights';

/** A prompt as the text encoder takes it. */
export interface TokenizedPrompt {
  /** `maxLength` ids for each chunk, padded on the right; one chunk unless the model takes more. */
  ids: number[];
  /** How much each id counts; 1 where nothing was said. */
  weights: number[];
  /** Words of the vocabulary that say something, as they were written, each once, in order; none where all are pieces. */
  knownWords: string[];
  /** Words outside the vocabulary, in the same way. */
  unknownWords: string[];
  /** Parts with weights that this model does not weigh, as they were written: `(word:1.2)`, `[word]`, `((word))`. */
  unreadWeights: string[];
  /** Words at the end that found no room, as they were written, in order. */
  ignoredWords: string[];
}

/** Turns text into token ids. */
export type Tokenizer = (text: string) => TokenizedPrompt;

/** Ids of a text, with the special tokens around it where `special`. */
export type Encode = (text: string, special: boolean) => number[];

/**
 * The model's tokenizer, from the texts of its tokenizer.json and tokenizer_config.json. Fetches nothing.
 *
 * `maxChunks` is how many times `maxLength` tokens the UNet takes; only CLIP's texts go on in a further chunk. `encode` is
 * another reader of the two texts.
 */
export function createTokenizer(
  facts: DiffusionEntry['tokenizer'],
  tokenizerJson: string,
  tokenizerConfigJson: string,
  maxChunks = 1,
  encode: Encode = readTokenizer(tokenizerJson, tokenizerConfigJson),
): Tokenizer {
  const { maxLength, padTokenId, unkTokenId } = facts;
  if (facts.kind === 'clip') return createClipTokenizer(facts, encode, maxChunks);
  return (written) => {
    // To a vocabulary of whole words the numbers of (pneumonia:1.3) are words; others spell out brackets as they are.
    const { text, unreadWeights } =
      unkTokenId === null ? { text: written, unreadWeights: [] } : withoutWeights(written);
    const ids = truncate(text, encode, maxLength);
    const padding = Array.from({ length: maxLength - ids.length }, () => padTokenId);
    const fits = (part: string) => encode(part, true).length <= maxLength;
    const { kept, ignoredWords } = splitAtLimit(text, fits);
    const words = findWords(kept, encode, unkTokenId);
    const weights = Array<number>(maxLength).fill(1);
    return { ids: [...ids, ...padding], weights, ...words, unreadWeights, ignoredWords };
  };
}

/** `(pneumonia:1.3)`, `[pneumonia]` and `((pneumonia))` → `pneumonia`, and the parts as they were written. */
function withoutWeights(written: string): { text: string; unreadWeights: string[] } {
  const unreadWeights: string[] = [];
  const weighed = /\(([^()]*?):\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*\)|\[([^[\]]*)\]|\(\(([^()]*)\)\)/g;
  const text = written.replace(weighed, (part: string, ...inside: (string | undefined)[]) => {
    unreadWeights.push(part.replace(/\s+/g, ' '));
    return inside[0] ?? inside[1] ?? inside[2] ?? '';
  });
  return { text, unreadWeights };
}

/** How many times the tokenizer's `maxLength` tokens a UNet takes: any number of them where its tokens are free. */
export function maxChunksOf({ components, tokenizer }: DiffusionEntry): number {
  const numTokens = components.unet.inputs.promptEmbeds.shape[1];
  return typeof numTokens === 'number' ? Math.floor(numTokens / tokenizer.maxLength) : Infinity;
}

/** CLIP's tokens with weights, cut into chunks of `maxLength` with BOS and EOS around each. */
function createClipTokenizer(
  { maxLength, padTokenId, unkTokenId }: DiffusionEntry['tokenizer'],
  encode: Encode,
  maxChunks: number,
): Tokenizer {
  const [bos, eos] = encode('', true);
  const room = maxLength - 2;
  const encodeWeighted = (text: string) =>
    parseWeights(text).flatMap((part) =>
      encode(part.text, false).map((id) => ({ id, weight: part.weight })),
    );
  return (text) => {
    const tokens = encodeWeighted(text);
    const numChunks = Math.min(Math.max(1, Math.ceil(tokens.length / room)), maxChunks);
    const ids: number[] = [];
    const weights: number[] = [];
    for (let chunk = 0; chunk < numChunks; chunk++) {
      const content = tokens.slice(chunk * room, (chunk + 1) * room);
      const padding = Array<number>(room - content.length).fill(padTokenId);
      ids.push(bos, ...content.map(({ id }) => id), eos, ...padding);
      weights.push(1, ...content.map(({ weight }) => weight), 1, ...padding.map(() => 1));
    }
    const fits = (part: string) => encodeWeighted(part).length <= maxChunks * room;
    const { kept, ignoredWords } = splitAtLimit(text, fits);
    const words = findWords(kept, encode, unkTokenId);
    return { ids, weights, ...words, unreadWeights: [], ignoredWords };
  };
}

function readTokenizer(tokenizerJson: string, tokenizerConfigJson: string): Encode {
  try {
    const { layout, config } = tokenizerLayout(tokenizerJson, tokenizerConfigJson);
    const tokenizer = new TokenizerOfHub(layout, config);
    return (text, special) => tokenizer.encode(text, { add_special_tokens: special }).ids;
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** What the two texts say, with what is implied of CLIP spelt out. Throws where they are no JSON. */
export function tokenizerLayout(tokenizerJson: string, tokenizerConfigJson: string) {
  const config = JSON.parse(tokenizerConfigJson) as { tokenizer_class?: unknown };
  const layout = spellOutClip(JSON.parse(tokenizerJson) as object, config.tokenizer_class);
  return { layout, config };
}

/** `ModelCorrupt`, for whichever reader failed. */
export function unreadable(cause: unknown): Error {
  return appError(
    'ModelCorrupt',
    "The model's tokenizer cannot be read (expected tokenizer.json and tokenizer_config.json of " +
      `Hugging Face tokenizers, got: ${String(cause)}). Delete the model and download it again.`,
    cause,
  );
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
function splitAtLimit(text: string, fits: (part: string) => boolean) {
  if (fits(text)) return { kept: text, ignoredWords: [] };
  const ends = [...text.matchAll(/\S+/g)].map(({ index, 0: word }) => index + word.length);
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(text.slice(0, ends[middle - 1]))) low = middle;
    else high = middle - 1;
  }
  const keptEnd = low === 0 ? 0 : ends[low - 1];
  return { kept: text.slice(0, keptEnd), ignoredWords: text.slice(keptEnd).match(/\S+/g) ?? [] };
}

/** A vocabulary of pieces spells out every word, and knows none as such. */
function findWords(text: string, encode: Encode, unkTokenId: number | null) {
  if (unkTokenId === null) return { knownWords: [], unknownWords: [] };
  return sortWords(text, (part) => encode(part, false), unkTokenId);
}
