/** Parts of a tokenizer.json that this file looks at or replaces. */
interface TokenizerLayout {
  normalizer?: unknown;
  pre_tokenizer?: unknown;
  model?: { type?: string; end_of_word_suffix?: string | null };
}

/** White space as Unicode and the reference have it: JavaScript's `\s` takes U+FEFF too, and not U+0085. */
const SPACE = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** Contractions, words, single digits, runs of other signs: as CLIP cuts a text. */
const PIECES = `'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^${SPACE}\\p{L}\\p{N}]+`;

/**
 * A CLIP tokenizer.json with its rules in JavaScript's words, so that every text gets the ids of the reference; any
 * other tokenizer.json as it is. Radford et al. 2021, https://arxiv.org/abs/2103.00020, section 2.4.
 */
export function spellOutClip(layout: TokenizerLayout, tokenizerClass: unknown): TokenizerLayout {
  const isClip = typeof tokenizerClass === 'string' && tokenizerClass.startsWith('CLIPTokenizer');
  if (!isClip || layout.model?.end_of_word_suffix !== '</w>') return layout;
  return {
    ...layout,
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: `[${SPACE}]+` }, content: ' ' },
        // The reference lower-cases letter by letter; toLowerCase() would make a final Σ a ς.
        { type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PIECES }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
  };
}
