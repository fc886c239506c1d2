import type { Component } from '../models/manifest';
import type { ModelSession } from '../models/session-types';
import { toFloat32, toTensor } from './tensors';
import type { Tokenizer } from './tokenizer';

/** One text as the UNet reads it. */
export interface PromptEmbeds {
  /** Row-major, `dims` is [1, tokens, hidden]. */
  embeds: Float32Array;
  dims: number[];
  unknownWords: string[];
  ignoredWords: string[];
}

/** Texts whose embeds are kept: a session's prompts and negative prompts, at 40 kB each. */
const MAX_CACHED = 64;

/** Encodes texts, each one once: the last 64 are remembered. */
export function createTextEncoder(
  component: Component,
  session: ModelSession,
  tokenizer: Tokenizer,
): (text: string) => Promise<PromptEmbeds> {
  const cache = new Map<string, PromptEmbeds>();
  return async (text) => {
    const known = cache.get(text);
    if (known) return known;
    const { ids, unknownWords, ignoredWords } = tokenizer(text);
    const { inputIds } = component.inputs;
    const feeds = { [inputIds.name]: toTensor(inputIds, [1, ids.length], ids) };
    const output = (await session.run(feeds))[component.outputs.promptEmbeds.name];
    const embeds = toFloat32(output);
    const encoded = { embeds, dims: output.dims, unknownWords, ignoredWords };
    if (cache.size === MAX_CACHED) cache.delete([...cache.keys()][0]);
    cache.set(text, encoded);
    return encoded;
  };
}
