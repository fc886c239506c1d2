import { expect, test } from 'vitest';
import type { TextReading } from '../../../src/contract/picture';
import type { RecipeRow } from '../../../src/dataset/recipe';
import { readRow, refuseUnknownRows } from '../../../src/dataset/recipe-words';

/** A model that knows these words, and no more than eight of a text. */
const KNOWN = ['chest', 'xray', 'effusion'];
const read = (texts: string[]): Promise<TextReading[]> =>
  Promise.resolve(
    texts.map((text) => {
      const words = text.match(/[a-z]+/g) ?? [];
      const knownWords = words.filter((word) => KNOWN.includes(word));
      const unknownWords = words.filter((word) => !KNOWN.includes(word));
      const nothingKnown = knownWords.length === 0 && text.trim() !== '';
      const ignoredWords = words.slice(8);
      return { knownWords, unknownWords, unreadWeights: [], ignoredWords, nothingKnown };
    }),
  );

const row = (prompt: string, change: Partial<RecipeRow> = {}): RecipeRow => {
  return { count: 4, prompt, words: {}, covariates: {}, ...change };
};
const list = (...values: string[]) => values.map((value) => ({ value, share: 1 }));

test('a row is read with the words of all its lists, and its negative prompt too', async () => {
  const words = { finding: list('effusion', 'zebra') };
  const change = { words, negativePrompt: 'grain, {finding}', covariates: { age: 40 } };
  const reading = await readRow(row('chest, {finding} at {age}', change), read);
  expect(reading?.prompt).toMatchObject({
    ...{ knownWords: ['chest', 'effusion'], unknownWords: ['at', 'zebra'], nothingKnown: false },
  });
  expect(reading?.negativePrompt.unknownWords).toEqual(['grain', 'zebra']);
});

test('the longest words decide what is cut', async () => {
  const words = { finding: list('effusion', 'a b c d e f g') };
  expect(
    (await readRow(row('chest {finding} xray', { words }), read))?.prompt.ignoredWords,
  ).toEqual(['xray']);
});

test.each([
  ['ankle, zebra', {}, true],
  ['ankle {finding}', { finding: list('zebra', 'effusion') }, true],
  ['{finding}', { finding: list('zebra', 'effusion') }, true],
  ['ankle {finding}', { finding: list('effusion') }, false],
  ['{place} {finding}', { place: list('chest'), finding: list('zebra') }, false],
  ['{place} {finding}', { place: list('chest', 'ankle'), finding: list('zebra') }, true],
  ['chest {finding}', { finding: list('zebra') }, false],
] as const)('%s with %o: an image without a known word is %s', async (prompt, words, lacks) => {
  const one = row(prompt, { words: { ...words } });
  const refusal = refuseUnknownRows([row('chest'), one], () => read, 'chest xray', 'do so anyway');
  if (!lacks) return expect(refusal).resolves.toBeUndefined();
  await expect(refusal).rejects.toMatchObject({
    name: 'WordsUnknown',
    message: expect.stringMatching(/row 2.*as in "chest xray".*do so anyway/) as string,
  });
});

test('a vocabulary of pieces refuses nothing', async () => {
  const pieces = (texts: string[]) =>
    Promise.resolve(
      texts.map(() => ({
        ...{ knownWords: [], unknownWords: [], unreadWeights: [], ignoredWords: [] },
        nothingKnown: false,
      })),
    );
  const words = { finding: list('zebra') };
  await refuseUnknownRows([row('{finding}', { words })], () => pieces, '', '');
});

test('the name of a LoRA file is no word of a row', async () => {
  const reading = await readRow(row('chest <lora:zebra:0.5>'), read);
  expect(reading?.prompt.unknownWords).toEqual([]);
});
