import { describe, expect, test } from 'vitest';
import { createTokenizer, maxChunksOf } from '../../../../src/diffusion/text/tokenizer';
import { clipCases, clipTokenizerConfigJson, clipTokenizerJson } from '../clip-fixture';
import { entry } from '../fakes';

const [BOS, EOS] = [49406, 49407];
const facts = { ...entry.tokenizer, kind: 'clip', maxLength: 77, padTokenId: EOS } as const;
const silent = { ...facts, unkTokenId: null };
const create = (padTokenId: number, maxChunks: number) =>
  createTokenizer({ ...silent, padTokenId }, clipTokenizerJson, clipTokenizerConfigJson, maxChunks);
/** `count` of one id, weight or word. */
const repeated = <T>(count: number, item: T) => Array.from({ length: count }, () => item);

const oneChunk = create(EOS, 1);
const chunks = create(0, Infinity);

test('1,000 strings get the ids that transformers gives them', () => {
  // A tokenizer without weights: brackets are text to the reference.
  const plain = createTokenizer(
    { ...silent, kind: undefined, maxLength: 2000 },
    clipTokenizerJson,
    clipTokenizerConfigJson,
  );
  const wrong = clipCases.filter(({ text, ids }) => {
    return String(plain(text).ids.slice(0, ids.length)) !== String(ids);
  });
  expect(clipCases).toHaveLength(1000);
  expect(clipCases.filter(({ text }) => text.split(/\s+/).length > 200).length).toBeGreaterThan(20);
  expect(wrong.map(({ text }) => text)).toEqual([]);
}, 30_000);

test('a short prompt is one chunk of 77, padded as the manifest says', () => {
  const words = [320, 1125, 539, 320, 2368]; // "a photo of a cat" in CLIP's published examples
  expect(oneChunk('a photo of a cat').ids).toEqual([BOS, ...words, ...repeated(71, EOS)]);
  expect(chunks('a photo of a cat').ids).toEqual([BOS, ...words, EOS, ...repeated(70, 0)]);
});

describe('a prompt of 160 tokens', () => {
  const prompt = 'cat '.repeat(160).trim();

  test('is read in three chunks of 75, each with its own start and end', () => {
    const { ids, weights, ignoredWords } = chunks(prompt);
    expect(ids).toHaveLength(3 * 77);
    expect(weights).toEqual(repeated(3 * 77, 1));
    expect(ids.slice(0, 77)).toEqual([BOS, ...repeated(75, 2368), EOS]);
    expect(ids.slice(77, 154)).toEqual(ids.slice(0, 77));
    expect(ids.slice(154)).toEqual([BOS, ...repeated(10, 2368), EOS, ...repeated(65, 0)]);
    expect(ignoredWords).toEqual([]);
  });

  test('loses its end where the UNet takes one chunk, and says which words', () => {
    const { ids, ignoredWords } = oneChunk(prompt);
    expect(ids).toEqual([BOS, ...repeated(75, 2368), EOS]);
    expect(ignoredWords).toEqual(repeated(85, 'cat'));
  });
});

test('how many chunks there are depends on the tokens that the UNet takes', () => {
  const withTokens = (tokens: number | string) => {
    const { unet } = entry.components;
    const promptEmbeds = { ...unet.inputs.promptEmbeds, shape: ['batch', tokens, 2] };
    const inputs = { ...unet.inputs, promptEmbeds };
    const components = { ...entry.components, unet: { ...unet, inputs } };
    return { ...entry, components, tokenizer: facts };
  };
  expect(maxChunksOf(withTokens(77))).toBe(1);
  expect(maxChunksOf(withTokens(231))).toBe(3);
  expect(maxChunksOf(withTokens('tokens'))).toBe(Infinity);
});

test('brackets are weights, not text, and every token of a part has them', () => {
  const { ids, weights } = oneChunk('a (photo of:1.5) a cat');
  expect(ids).toEqual(oneChunk('a photo of a cat').ids);
  expect(weights.slice(0, 8)).toEqual([1, 1, 1.5, 1.5, 1, 1, 1, 1]);
  expect(oneChunk('\\(cat\\)').ids.slice(0, 5)).toEqual([BOS, 263, 2368, 264, EOS]);
});

test('a tokenizer of another kind takes brackets for text', () => {
  const plain = createTokenizer(
    { ...silent, kind: undefined },
    clipTokenizerJson,
    clipTokenizerConfigJson,
    Infinity,
  );
  const { ids, weights } = plain('(cat:1.5) ' + 'cat '.repeat(100));
  expect(ids).toHaveLength(77);
  expect(ids.slice(0, 3)).toEqual([BOS, 263, 2368]);
  expect(new Set(weights)).toEqual(new Set([1]));
});
