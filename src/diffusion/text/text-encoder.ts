import type { Component } from '../../models/manifest/manifest';
import type { ModelSession } from '../../models/runtime/session-types';
import { weighEmbeds } from './prompt-weights';
import { joinRows, toFloat32, toTensor } from '../tensors';
import type { TokenizedPrompt, Tokenizer } from './tokenizer';

/** One text as the UNet reads it. */
export interface PromptEmbeds {
  /** Row-major, `dims` is [1, tokens, hidden]; the tokens of further chunks follow those of the first. */
  embeds: Float32Array;
  dims: number[];
  /** [1, width]: the whole text in one vector, by the second text encoder; absent: there is one encoder. */
  pooled?: Float32Array;
  /** Words outside the vocabulary, then weights that this model does not have, as they were written. */
  unknownWords: string[];
  ignoredWords: string[];
}

/** Text to embeds. `weights` tells the encoder's weights apart where adapters change them. */
export type EncodeText = (text: string, weights?: string) => Promise<PromptEmbeds>;

/** Texts whose embeds are kept: a session's prompts and negative prompts, at 40 to 300 kB each. */
const MAX_CACHED = 64;

/** A text encoder and what cuts texts for it. */
export interface TextPart {
  component: Component;
  session: ModelSession;
  tokenizer: Tokenizer;
}

/**
 * Encodes texts, each one once: the last 64 are remembered. With two encoders each token's embeds are those of the first and
 * then those of the second: Podell et al. 2023, https://arxiv.org/abs/2307.01952, section 2.1.
 */
export function createTextEncoder(first: TextPart, second?: TextPart): EncodeText {
  const cache = new Map<string, PromptEmbeds>();
  const { tokenizer } = first;
  return async (text, weights = '') => {
    const key = `${weights} ${text}`;
    const known = cache.get(key);
    if (known) return known;
    const tokens = tokenizer(text);
    const encoded = await encodeChunks(first, tokens);
    const more = second && (await encodeChunks(second, second.tokenizer(text)));
    const unknownWords = [...tokens.unknownWords, ...tokens.unreadWeights];
    const { ignoredWords } = tokens;
    const both = more ? sideBySide(encoded, more) : encoded;
    const promptEmbeds = { ...both, unknownWords, ignoredWords };
    if (cache.size === MAX_CACHED) cache.delete([...cache.keys()][0]);
    cache.set(key, promptEmbeds);
    return promptEmbeds;
  };
}

/**
 * A prompt and its negative prompt, of one length: the shorter one goes on with empty chunks. `negativePrompt` null:
 * the prompt alone.
 */
export async function encodeBoth(
  encodeText: EncodeText,
  prompt: string,
  negativePrompt: string | null,
  weights?: string,
): Promise<[PromptEmbeds, PromptEmbeds | null]> {
  const conditional = await encodeText(prompt, weights);
  const unconditional = negativePrompt === null ? null : await encodeText(negativePrompt, weights);
  const [tokens, others] = [conditional.dims[1], unconditional?.dims[1] ?? 0];
  if (!unconditional || tokens === others) return [conditional, unconditional];
  const empty = await encodeText('', weights);
  return [lengthen(conditional, empty, others), lengthen(unconditional, empty, tokens)];
}

/** The text with the embeds of the empty text behind it, up to `tokens` tokens. */
function lengthen(text: PromptEmbeds, empty: PromptEmbeds, tokens: number): PromptEmbeds {
  const [batch, length, hidden] = text.dims;
  const numMissing = Math.max(0, tokens - length) / empty.dims[1];
  const chunks = [text.embeds, ...Array<Float32Array>(numMissing).fill(empty.embeds)];
  return { ...text, embeds: joinRows(chunks), dims: [batch, Math.max(tokens, length), hidden] };
}

type Encoded = Pick<PromptEmbeds, 'embeds' | 'dims' | 'pooled'>;

/** [1, tokens, a] and [1, tokens, b] → [1, tokens, a + b]. */
function sideBySide({ embeds, dims }: Encoded, second: Encoded): Encoded {
  const [batch, tokens, hidden] = dims;
  const width = second.dims[2];
  const rows = Array.from({ length: tokens }, (_, i) => [
    embeds.subarray(i * hidden, (i + 1) * hidden),
    second.embeds.subarray(i * width, (i + 1) * width),
  ]);
  const { pooled } = second;
  return { embeds: joinRows(rows.flat()), dims: [batch, tokens, hidden + width], pooled };
}

/** As much as the text, and nothing of it: what an empty negative prompt is to some models. */
export function zeroed({ embeds, pooled, ...text }: PromptEmbeds): PromptEmbeds {
  const zeros = ({ length }: Float32Array) => new Float32Array(length);
  return { ...text, embeds: zeros(embeds), ...(pooled && { pooled: zeros(pooled) }) };
}

/** Chunks of ids, through the graph one by one, or as many at once as its batch is fixed at. */
async function encodeChunks(
  { component: { inputs, outputs }, session, tokenizer }: TextPart,
  { ids, weights }: TokenizedPrompt,
): Promise<Encoded> {
  const { inputIds } = inputs;
  // As long as the empty text: one chunk.
  const maxLength = tokenizer('').ids.length;
  const [fixed] = inputIds.shape;
  const batch = typeof fixed === 'number' ? fixed : 1;
  const chunks: Float32Array[] = [];
  let hidden = 0;
  // Of a long text the first chunk speaks for all.
  let pooled: Float32Array | undefined;
  for (let start = 0; start < ids.length; start += maxLength) {
    const chunk = ids.slice(start, start + maxLength);
    const rows = Array.from({ length: batch }, () => chunk).flat();
    const feeds = { [inputIds.name]: toTensor(inputIds, [batch, maxLength], rows) };
    const answer = await session.run(feeds);
    const output = answer[outputs.promptEmbeds.name];
    if (outputs.pooledEmbeds && !pooled) {
      const rowsOfText = answer[outputs.pooledEmbeds.name];
      pooled = toFloat32(rowsOfText).slice(0, rowsOfText.dims[1]);
    }
    hidden = output.dims[2];
    const embeds = toFloat32(output).slice(0, maxLength * hidden);
    chunks.push(weighEmbeds(embeds, weights.slice(start, start + maxLength)));
  }
  const whole = { embeds: joinRows(chunks), dims: [1, ids.length, hidden] };
  return pooled ? { ...whole, pooled } : whole;
}
