import { expect, test } from 'vitest';
import { createTokenizer } from '../../../../src/diffusion/text/tokenizer';
import { entry, tokenizerConfigJson, tokenizerJson } from '../fakes';

const facts = { ...entry.tokenizer, maxLength: 8 };
const tokenize = createTokenizer(facts, tokenizerJson, tokenizerConfigJson);

test('a prompt is lower-cased, framed and padded on the right to the fixed length', () => {
  expect(tokenize('Chest X-ray').ids).toEqual([2, 4, 5, 6, 7, 3, 0, 0]);
  expect(tokenize('').ids).toEqual([2, 3, 0, 0, 0, 0, 0, 0]);
});

test('a prompt that is too long loses its end and keeps the end token', () => {
  const long = 'chest '.repeat(30);
  expect(tokenize(long).ids).toEqual([2, 4, 4, 4, 4, 4, 4, 3]);
});

test('the words that a prompt loses are named as written, whole, in order', () => {
  const { ids, ignoredWords } = tokenize('Chest chest, chest Normal X-ray zebra Normal');
  // Room for six tokens: five for the first four words, and "x" of "X-ray", which says nothing by itself.
  expect(ids).toEqual([2, 4, 4, 8, 4, 9, 5, 3]);
  expect(ignoredWords).toEqual(['X-ray', 'zebra', 'Normal']);
});

test('a prompt of just the right length loses nothing', () => {
  expect(tokenize('chest x-ray, normal').ignoredWords).toEqual([]);
  expect(tokenize('chest x-ray, normal chest').ignoredWords).toEqual(['chest']);
});

test('one endless word is ignored as a whole', () => {
  const endless = 'chest-'.repeat(10);
  expect(tokenize(endless).ignoredWords).toEqual([endless]);
});

test('a word that is ignored is not reported as unknown too', () => {
  expect(tokenize('zebra chest, chest x-ray martian')).toMatchObject({
    unknownWords: ['zebra'],
    ignoredWords: ['x-ray', 'martian'],
  });
});

test('words outside the vocabulary are named as written, once, in order, without punctuation', () => {
  const roomy = createTokenizer({ ...facts, maxLength: 32 }, tokenizerJson, tokenizerConfigJson);
  const { unknownWords } = roomy('Zebra chest, MARTIAN-ray; normal zebra? über');
  expect(unknownWords).toEqual(['Zebra', 'MARTIAN', 'über']);
});

test('a prompt of known words has no unknown ones', () => {
  expect(tokenize('normal chest x-ray, chest').unknownWords).toEqual([]);
});

test('words of a script that the normalizer drops are unknown too', () => {
  const latin = JSON.parse(tokenizerJson) as Record<string, unknown>;
  latin.normalizer = { type: 'Replace', pattern: { Regex: '[^a-z]+' }, content: ' ' };
  const { unknownWords } = createTokenizer(
    facts,
    JSON.stringify(latin),
    tokenizerConfigJson,
  )('chest, 脳 мозг');
  expect(unknownWords).toEqual(['脳', 'мозг']);
});

test('a tokenizer without an unknown token reports nothing', () => {
  const silent = createTokenizer(
    { ...facts, unkTokenId: null },
    tokenizerJson,
    tokenizerConfigJson,
  );
  expect(silent('zebra').unknownWords).toEqual([]);
});

test('a damaged tokenizer file is a corrupt model', () => {
  expect(() => createTokenizer(facts, tokenizerJson.slice(0, 100), tokenizerConfigJson)).toThrow(
    expect.objectContaining({
      name: 'ModelCorrupt',
      message: expect.stringContaining('download it again') as string,
    }),
  );
});

test('a weight is no word to a model that does not weigh words, and is named', () => {
  const { ids, unknownWords, unreadWeights } = tokenize('[chest] (x-ray:1.3), (normal: -0.5)');
  expect(ids).toEqual(tokenize('chest x-ray, normal').ids);
  expect([unknownWords, unreadWeights]).toEqual([[], ['[chest]', '(x-ray:1.3)', '(normal: -0.5)']]);
});

test('words that are known are named too, but none that says nothing: articles, requests, numbers', () => {
  const roomy = createTokenizer({ ...facts, maxLength: 32 }, tokenizerJson, tokenizerConfigJson);
  const { knownWords, unknownWords } = roomy('(Normal) CHEST-zebra x-ray; chest of 3');
  expect([knownWords, unknownWords]).toEqual([
    ['Normal', 'CHEST', 'x-ray'],
    ['zebra', 'of', '3'],
  ]);
  const filled = JSON.parse(tokenizerJson) as { model: { vocab: Record<string, number> } };
  Object.assign(filled.model.vocab, { of: 20, a: 21, '3': 22, please: 23, us: 24 });
  const filler = createTokenizer(
    { ...facts, maxLength: 32 },
    JSON.stringify(filled),
    tokenizerConfigJson,
  );
  expect(filler('please a zebra of 3')).toMatchObject({ knownWords: [], unknownWords: ['zebra'] });
  expect(filler('us of a breast').knownWords).toEqual(['us']);
});
