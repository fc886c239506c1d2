import {
  readRow,
  refuseUnknownRows,
  type ReadTexts,
  type RowReading,
} from '../../../dataset/recipe-words';
import type { RecipeRow } from '../../../dataset/recipe';
import type { TunedModel } from '../../../finetune/finetune-store';
import type { TextReader } from '../../../controls/prompt-words.svelte';

/** What a recipe's words are read by: a tuned model knows one more than its base. */
export type RowReader = (row: RecipeRow) => ReadTexts;

/** The reader of a model's recipes; `tuned`: what was trained here. Without `readTexts` nothing is known. */
export function rowReader(
  modelId: string,
  readTexts: TextReader | undefined,
  tuned: () => readonly TunedModel[],
): RowReader {
  if (!readTexts) return () => () => Promise.resolve(null);
  return ({ lora }) => {
    const { word } = tuned().find(({ sha256 }) => sha256 === lora?.sha256)?.facts ?? {};
    return (texts) => readTexts(modelId, texts, word ? [word] : []);
  };
}

/** So long nothing must be typed before the words are read. */
const PAUSE_MS = 150;

/** What the model makes of the words of a recipe, row by row. */
export class RecipeWords {
  /** null: not known yet, as before the model is stored. */
  rows = $state.raw<(RowReading | null)[]>([]);
  /** Why the recipe is not made before somebody has confirmed it. */
  error = $state.raw<Error | null>(null);

  #read: RowReader;
  #example: string;
  #confirmed = '';
  #refused = '';
  #asked = 0;

  constructor(read: RowReader, example: string) {
    this.#read = read;
    this.#example = example;
  }

  /** Reads the rows once nothing more is typed; returns what stops that. */
  follow(rows: RecipeRow[]): () => void {
    const asked = ++this.#asked;
    const timer = setTimeout(() => {
      void Promise.all(rows.map((row) => readRow(row, this.#read(row)).catch(() => null))).then(
        (readings) => {
          if (asked === this.#asked) this.rows = readings;
        },
      );
    }, PAUSE_MS);
    if (this.#refused !== textsOf(rows)) this.error = null; // it was about other words
    return () => clearTimeout(timer);
  }

  /** Whether these rows may be made: not with an image without one known word, until `confirm` was called for them. */
  async allows(rows: RecipeRow[]): Promise<boolean> {
    if (this.#confirmed === textsOf(rows)) return true;
    this.error = null;
    try {
      await refuseUnknownRows(rows, this.#read, this.#example, 'have them made anyway');
      return true;
    } catch (error) {
      if ((error as Error).name !== 'WordsUnknown') return true; // the first image says what is wrong
      this.#refused = textsOf(rows);
      this.error = error as Error;
      return false;
    }
  }

  /** These rows may be made as they stand. */
  confirm(rows: RecipeRow[]) {
    this.#confirmed = textsOf(rows);
    this.error = null;
  }
}

/** All that is read. */
function textsOf(rows: RecipeRow[]): string {
  return JSON.stringify(rows.map(({ prompt, words, covariates }) => [prompt, words, covariates]));
}
