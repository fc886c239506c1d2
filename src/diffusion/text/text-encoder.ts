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
  /** Words outside the vocabulary, then weights that this model does not have, as they were written. */
  unknownWords: string[];
  ignoredWords: string[];
}

/** Text to embeds. `weights` tells the encoder's weights apart where adapters change them. */
export type EncodeText = (text: string, weights?: string) => Promise<PromptEmbeds>;

/** Texts whose embeds are kept: a session's prompts and negative prompts, at 40 to 300 kB each. */
const MAX_CACHED = 64;

/** Encodes texts, each one once: the last 64 are remembered. */
export function createTextEncoder(
  component: Component,
  session: ModelSession,
  tokenizer: Tokenizer,
): EncodeText {
  const cache = new Map<string, PromptEmbeds>();
  // As long as the empty text: one chunk.
  const maxLength = tokenizer('').ids.length;
  return async (text, weights = '') => {
    const key = `${weights} ${text}`;
    const known = cache.get(key);
    if (known) return known;
    const tokens = tokenizer(text);
    const encoded = await encodeChunks(component, session, tokens, maxLength);
    const unknownWords = [...tokens.unknownWords, ...tokens.unreadWeights];
    const promptEmbeds = { ...encoded, unknownWords, ignoredWords: tokens.ignoredWords };
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

/** Chunks of `maxLength` ids, through the graph one by one, or as many at once as its batch is fixed at. */
async function encodeChunks(
  { inputs: { inputIds }, outputs }: Component,
  session: ModelSession,
  { ids, weights }: TokenizedPrompt,
  maxLength: number,
): Promise<Pick<PromptEmbeds, 'embeds' | 'dims'>> {
  const [fixed] = inputIds.shape;
  const batch = typeof fixed === 'number' ? fixed : 1;
  const chunks: Float32Array[] = [];
  let hidden = 0;
  for (let start = 0; start < ids.length; start += maxLength) {
    const chunk = ids.slice(start, start + maxLength);
    const rows = Array.from({ length: batch }, () => chunk).flat();
    const feeds = { [inputIds.name]: toTensor(inputIds, [batch, maxLength], rows) };
    const output = (await session.run(feeds))[outputs.promptEmbeds.name];
    hidden = output.dims[2];
    const embeds = toFloat32(output).slice(0, maxLength * hidden);
    chunks.push(weighEmbeds(embeds, weights.slice(start, start + maxLength)));
  }
  return { embeds: joinRows(chunks), dims: [1, ids.length, hidden] };
}
