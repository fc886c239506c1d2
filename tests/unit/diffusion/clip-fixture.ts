import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

interface Fixture {
  layout: { model: { vocab: Record<string, number>; merges: string[] } };
  merges: string[];
  cases: { text: string; ids: number[] }[];
}

// Made by training/goldens/make_clip_fixture.py; the vocabulary is OpenAI's, MIT licence.
const fixture = JSON.parse(
  gunzipSync(readFileSync(new URL('../../fixtures/clip.json.gz', import.meta.url))).toString(),
) as Fixture;

/** 1,000 strings with the ids that transformers' CLIPTokenizer gives them, BOS and EOS included. */
export const clipCases = fixture.cases;

/** CLIP's tokenizer.json, put together as CLIP's vocabulary is: bytes, bytes at a word's end, merges, BOS, EOS. */
export const clipTokenizerJson = JSON.stringify({
  ...fixture.layout,
  model: { ...fixture.layout.model, vocab: clipVocabulary(), merges: fixture.merges },
});

/** The tokenizer_config.json of Stable Diffusion 1.5, as far as it matters. */
export const clipTokenizerConfigJson = JSON.stringify({
  tokenizer_class: 'CLIPTokenizer',
  bos_token: '<|startoftext|>',
  eos_token: '<|endoftext|>',
  unk_token: '<|endoftext|>',
  pad_token: '<|endoftext|>',
  model_max_length: 77,
});

function clipVocabulary(): Record<string, number> {
  const range = (from: string, to: string) => {
    const start = from.charCodeAt(0);
    return Array.from({ length: to.charCodeAt(0) - start + 1 }, (_, i) => start + i);
  };
  const printable = [...range('!', '~'), ...range('¡', '¬'), ...range('®', 'ÿ')];
  const others = Array.from({ length: 256 - printable.length }, (_, i) => 256 + i);
  const letters = [...printable, ...others].map((code) => String.fromCharCode(code));
  const tokens = [
    ...letters,
    ...letters.map((letter) => `${letter}</w>`),
    ...fixture.merges.map((merge) => merge.replace(' ', '')),
    '<|startoftext|>',
    '<|endoftext|>',
  ];
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}
