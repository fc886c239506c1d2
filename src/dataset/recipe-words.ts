import { withoutLoraTags } from '../common/lora-tag';
import type { TextReading } from '../contract/picture';
import { wordsUnknown } from '../errors';
import type { ModelEntry } from '../models/manifest/manifest';
import { promptModality, type ModalityPhrases } from '../models/manifest/prompt-modality';
import { fill, PLACEHOLDER, type RecipeRow, type Share } from './recipe';

/** Asks the model what it makes of texts; null where that cannot be said yet. */
export type ReadTexts = (texts: string[]) => Promise<TextReading[] | null>;

/** What the model makes of all that the images of a row say; `nothingKnown` where one of them has no known word. */
export interface RowReading {
  prompt: TextReading;
  negativePrompt: TextReading;
}

/** Reads a row: its words once each, whatever the number of images. */
export async function readRow(row: RecipeRow, read: ReadTexts): Promise<RowReading | null> {
  // Names of files are no words of the model.
  const prompt = await readTemplate(withoutLoraTags(row.prompt), row, read);
  const negativePrompt = await readTemplate(row.negativePrompt ?? '', row, read);
  return prompt && negativePrompt && { prompt, negativePrompt };
}

/**
 * Of a text with {placeholders}: its own words and those of its lists. Lists are dealt crosswise, so there is an image
 * without a known word where the text has none of its own and every list has an entry without one.
 */
async function readTemplate(
  template: string,
  row: RecipeRow,
  read: ReadTexts,
): Promise<TextReading | null> {
  const own = template.replace(PLACEHOLDER, ' ');
  const names = [...new Set([...template.matchAll(PLACEHOLDER)].map(([, name]) => name))];
  const lists = names.map((name) => saidBy(name, row));
  const longest = lists.map((list) => list.reduce((a, b) => (b.length > a.length ? b : a), ''));
  const whole = fill(template, Object.fromEntries(names.map((name, i) => [name, longest[i]])));

  const readings = await read([own, whole, ...lists.flat()]);
  if (!readings) return null;
  const [ofOwn, ofWhole, ...ofLists] = readings;
  const lacksAll = (reading: TextReading, text: string) =>
    reading.nothingKnown || text.trim() === '';
  let start = 0;
  const inLists = lists.every((list) => {
    const some = list.some((text, i) => lacksAll(ofLists[start + i], text));
    start += list.length;
    return some || list.length === 0;
  });
  const all = [ofOwn, ofWhole, ...ofLists];
  const distinct = (words: (reading: TextReading) => string[]) => [...new Set(all.flatMap(words))];
  return {
    knownWords: distinct(({ knownWords }) => knownWords),
    unknownWords: distinct(({ unknownWords }) => unknownWords),
    unreadWeights: ofWhole.unreadWeights,
    ignoredWords: ofWhole.ignoredWords,
    // A vocabulary of pieces lacks nothing, and then no text is found to lack all.
    nothingKnown: all.some((one) => one.nothingKnown) && lacksAll(ofOwn, own) && inLists,
  };
}

/** What a placeholder may say; of a range its two ends. */
function saidBy(name: string, row: RecipeRow): string[] {
  if (Object.hasOwn(row.words, name)) return row.words[name].map(inWords);
  const rule = row.covariates[name];
  if (typeof rule === 'number') return [String(rule)];
  return Array.isArray(rule) ? rule.map(inWords) : [String(rule.from), String(rule.to)];
}

function inWords({ value, name }: Share<string | number>): string {
  return name ?? String(value);
}

/** Throws `WordsUnknown` for the first row of which an image would have no known word. */
export async function refuseUnknownRows(
  rows: readonly RecipeRow[],
  read: (row: RecipeRow) => ReadTexts,
  example: string,
  how: string,
) {
  for (const [i, row] of rows.entries()) {
    const reading = await readRow(row, read(row));
    if (!reading?.prompt.nothingKnown) continue;
    const what = /\{/.test(row.prompt) ? 'an image of' : 'the prompt';
    throw wordsUnknown(`${what} row ${i + 1},`, row.prompt, example, how);
  }
}

/** The kinds of image that the prompts of a row name, each once; null among them: one names none, or several. */
export function rowModalities(
  row: Pick<RecipeRow, 'prompt' | 'words'>,
  entry: ModelEntry,
  known: readonly ModalityPhrases[],
): (string | null)[] {
  return [...new Set(promptsOf(row).map((prompt) => promptModality(prompt, entry, known)))];
}

/** The text as it is where it has no lists; else one for each word of each list. */
function promptsOf({ prompt, words }: Pick<RecipeRow, 'prompt' | 'words'>): string[] {
  const lists = Object.entries(words).filter(
    ([name, list]) => list.length > 0 && prompt.includes(`{${name}}`),
  );
  const bare = (text: string) => text.replace(PLACEHOLDER, ' ');
  if (lists.length === 0) return [bare(prompt)];
  const first = Object.fromEntries(lists.map(([name, list]) => [name, list[0].value]));
  return lists.flatMap(([name, list]) =>
    list.map(({ value }) => {
      const said = { ...first, [name]: value };
      const template = prompt.replace(PLACEHOLDER, (all, one: string) => (one in said ? all : ' '));
      return fill(template, said);
    }),
  );
}
