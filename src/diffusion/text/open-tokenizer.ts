import { importPart } from '../../common/import-part';
import type { DiffusionEntry } from '../../models/manifest/manifest';
import { createTokenizer, maxChunksOf, type Tokenizer } from './tokenizer';

/** A model's tokenizer, and whose it is. */
export interface TokenizerSource {
  entry: DiffusionEntry;
  /** Texts of the two tokenizer files. */
  tokenizerJson: string;
  tokenizerConfigJson: string;
  /** The model came as a package or from another host, and its tokenizer may be of any class. */
  brought?: boolean;
}

/**
 * The tokenizer of a model: by `AutoTokenizer` where the model was brought; by the small reader that transformers.js itself
 * stands on for this app's models, for it is part of a first visit.
 */
export async function openTokenizer(source: TokenizerSource): Promise<Tokenizer> {
  const { entry, tokenizerJson: json, tokenizerConfigJson: config } = source;
  const [facts, maxChunks] = [entry.tokenizer, maxChunksOf(entry)];
  if (!source.brought) return createTokenizer(facts, json, config, maxChunks);
  const { openAutoTokenizer } = await importPart(() => import('./auto-tokenizer'));
  return createTokenizer(facts, json, config, maxChunks, await openAutoTokenizer(json, config));
}
