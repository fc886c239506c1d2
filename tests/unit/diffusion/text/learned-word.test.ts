import { expect, test } from 'vitest';
import {
  addWord,
  isWord,
  learnedEmbeds,
  placesOf,
  withWord,
  wordKey,
} from '../../../../src/diffusion/text/learned-word';
import { wordGradient } from '../../../../src/finetune/training-step';

/** Words as ids between 1 and 2, padded with 0 to eight; a longer text is cut. */
const tokenizer = (text: string) => {
  const words = text.match(/[a-z0-9]+/gi) ?? [];
  const ids = [1, ...words.slice(0, 6).map((word) => 10 + word.length), 2];
  const padded = [...ids, ...Array<number>(8 - ids.length).fill(0)];
  const none = { knownWords: [], unknownWords: [], unreadWeights: [], ignoredWords: [] };
  return { ids: padded, weights: [], ...none };
};

test.each([
  ['zq1, knee MRI', [1]],
  ['knee of ZQ1 and zq1.', [3, 5]],
  ['zq12 knee', []],
  ['', []],
  ['a b c d e f zq1', []], // cut off before it
])('in "%s" the word is at %j', (text, places) => {
  expect(placesOf(text, 'zq1', tokenizer, 0)).toEqual(places);
});

test('captions get the word in front once', () => {
  expect(withWord('knee MRI', 'zq1')).toBe('zq1, knee MRI');
  expect(withWord('a Zq1 knee', 'zq1')).toBe('a Zq1 knee');
  expect(withWord('', 'zq1')).toBe('zq1');
  expect(['zq1', 'колено'].every(isWord)).toBe(true);
  expect(['', 'two words', 'a-b', 'x'.repeat(41), '(.*)'].some(isWord)).toBe(false);
});

test('embeds change at the summary token and at the word, by the strength, and nowhere else', () => {
  const learned = Float32Array.of(1, 2, 10, 20);
  expect([...addWord(new Float32Array(8), [1, 3], learned, 0.5)]).toEqual([
    ...[0.5, 1, 5, 10, 0, 0, 5, 10],
  ]);
  expect([...addWord(new Float32Array(8), [], learned)]).toEqual(Array(8).fill(0));
});

test('the gradient is that of the sum, by finite differences', () => {
  const places = [[1, 2], [], [3]];
  const weights = Float32Array.from({ length: 3 * 4 * 2 }, (_, i) => Math.sin(i));
  /** A loss that is linear in the embeds of all rows, so that its gradient is `weights`. */
  const loss = (learned: Float32Array) =>
    places.reduce((sum, at, row) => {
      const changed = addWord(new Float32Array(8), at, learned);
      return sum + changed.reduce((part, x, i) => part + x * weights[row * 8 + i], 0);
    }, 0);
  const gradient = wordGradient(weights, places, 2);
  for (let i = 0; i < 4; i++) {
    const one = Float32Array.from({ length: 4 }, (_, k) => (k === i ? 1 : 0));
    expect(gradient[i]).toBeCloseTo(loss(one) - loss(new Float32Array(4)), 5);
  }
});

test('only a request with word and embeddings is changed, and remembered apart', () => {
  const encoded = {
    ...{ embeds: new Float32Array(4), dims: [1, 2, 2], unknownWords: ['ZQ1', 'x'] },
    ignoredWords: [],
  };
  const factors = [{ name: 'word.embeds', dims: [2, 2], data: Float32Array.of(1, 1, 2, 2) }];
  const lora = { factors, strength: 2, word: 'zq1' };
  const changed = learnedEmbeds(encoded, [lora], () => [1]);
  expect([...changed.embeds]).toEqual([2, 2, 4, 4]);
  expect(changed.unknownWords).toEqual(['x']);
  expect(learnedEmbeds(encoded, [lora], () => [])).toBe(encoded);
  expect(learnedEmbeds(encoded, [{ ...lora, word: undefined }], () => [1])).toBe(encoded);
  expect(learnedEmbeds(encoded, [], () => [1])).toBe(encoded);
  expect(wordKey([])).toEqual([]);
  expect(wordKey([{ ...lora, strength: 1 }])).not.toEqual(wordKey([lora]));
  const other = { ...lora, strength: 1, word: 'x' };
  const both = learnedEmbeds(encoded, [lora, other], (word) => [word === 'x' ? 0 : 1]);
  expect([...both.embeds]).toEqual([5, 5, 4, 4]);
  expect(both.unknownWords).toEqual([]);
});
