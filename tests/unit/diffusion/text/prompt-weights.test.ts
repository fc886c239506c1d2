import { expect, test } from 'vitest';
import { parseWeights, weighEmbeds } from '../../../../src/diffusion/text/prompt-weights';

/** "a|b*1.1": parts with their weights, rounded; 1 is left out. */
const read = (prompt: string) =>
  parseWeights(prompt)
    .map(({ text, weight }) => (weight === 1 ? text : `${text}*${Number(weight.toFixed(4))}`))
    .join('|');

const examples: [string, string, string][] = [
  ['no brackets', 'a normal chest', 'a normal chest'],
  ['an empty prompt', '', ''],
  ['round brackets', 'a (cat) here', 'a |cat*1.1| here'],
  ['square brackets', 'a [cat] here', 'a |cat*0.9091| here'],
  ['brackets in brackets', '((cat)) [[dog]]', 'cat*1.21| |dog*0.8264'],
  ['a weight', '(a cat:1.3), dog', 'a cat*1.3|, dog'],
  ['a weight with spaces and no zero', '(cat: .5 ) x', 'cat*0.5| x'],
  ['a weight of zero', '(cat:0)', 'cat*0'],
  ['a weight in brackets', '(a (cat:1.5))', 'a *1.1|cat*1.65'],
  ['a time, which is no weight', 'at 10:30 (cat)', 'at 10:30 |cat*1.1'],
  ['escaped brackets', 'a \\(cat\\) \\[x\\]', 'a (cat) [x]'],
  ['an escaped backslash', 'a \\\\ b', 'a \\ b'],
  ['a bracket never opened', 'a cat) and b]', 'a cat) and b]'],
  ['a weight never opened', '3:1) won', '3:1) won'],
  ['a bracket never closed', 'a (cat and [dog', 'a |cat and *1.1|dog'],
  ['a weight in square brackets, which is text', '[cat:0.5)]', 'cat:0.5)*0.9091'],
];

test.each(examples)('%s: %j', (_, prompt, expected) => {
  expect(read(prompt)).toBe(expected);
});

test('each token is multiplied by its weight, and the mean is as before', () => {
  // Two numbers per token; the mean of all is 3.
  const embeds = Float32Array.of(1, 3, 2, 6);
  const weighed = weighEmbeds(embeds, [1, 2]);
  // 1, 3, 4, 12 have the mean 5: times 3/5.
  expect([...weighed].map((x) => Number(x.toFixed(6)))).toEqual([0.6, 1.8, 2.4, 7.2]);
});

test('weights of 1 leave embeds untouched', () => {
  const embeds = Float32Array.of(1, 3, 2, 6);
  expect(weighEmbeds(embeds, [1, 1])).toBe(embeds);
});

test('embeds without a mean keep their weights and are not blown up', () => {
  const weighed = weighEmbeds(Float32Array.of(1, -1, 2, -2 + 1e-6), [1, 2]);
  expect([...weighed].map((x) => Number(x.toFixed(4)))).toEqual([1, -1, 4, -4]);
});

test.each(['(a:9'.padEnd(47, '9') + ')', '(a:-101)', '('.repeat(60) + 'a'])(
  'a weight without measure is refused: %s',
  (prompt) => {
    expect(() => parseWeights(prompt)).toThrow(
      expect.objectContaining({ name: 'RequestInvalid' }) as Error,
    );
  },
);
