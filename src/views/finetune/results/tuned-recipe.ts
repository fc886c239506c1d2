import { spread } from '../../../common/spread';
import type { Recipe, RecipeRow } from '../../../dataset/recipe';
import type { TunedModel } from '../../../finetune/finetune-store';
import type { ModelEntry } from '../../../models/manifest/manifest';
import { texts } from '../texts';

/** How many images a press makes. */
export const RECIPE_COUNT = 200;
/** Of a recipe that somebody is to look over before it is started. */
const MOST_ROWS = 24;

/** A caption of the training images, as a label and as a prompt, and how many had it. */
interface Prompt {
  caption: string;
  prompt: string;
  count: number;
}

/**
 * `RECIPE_COUNT` images with a tuned model: a row for each caption, in the shares of the training images. Of more than
 * `MOST_ROWS` captions, as many that are spread over them.
 */
export function recipeOf(
  { sha256, facts: { title } }: TunedModel,
  prompts: readonly Prompt[],
  entry: ModelEntry,
  seed: number,
): Recipe {
  const { numInferenceSteps, guidanceScale, scheduler } = entry.defaults;
  const settings = { numInferenceSteps, guidanceScale, scheduler };
  const chosen = spread(prompts, MOST_ROWS);
  const counts = dealt(
    chosen.map(({ count }) => count),
    RECIPE_COUNT,
  );
  const rows = chosen.map(({ caption, prompt }, i): RecipeRow => {
    const label = plain(caption);
    return {
      count: counts[i],
      prompt: plain(prompt),
      ...(label ? { label } : {}),
      words: {},
      covariates: {},
      lora: { sha256, title, strength: 1 },
    };
  });
  const name = texts.recipeTitle(title, RECIPE_COUNT);
  return { version: 1, title: name, modelId: entry.id, seed, ...settings, rows };
}

/** Braces would stand for a list of words. */
function plain(text: string): string {
  return text.replaceAll('{', '(').replaceAll('}', ')');
}

/** Whole numbers in these shares that add up to `total`, none of them 0; there are no more shares than `total`. */
function dealt(shares: readonly number[], total: number): number[] {
  const sum = shares.reduce((all, share) => all + share, 0);
  const free = total - shares.length; // one each
  const exact = shares.map((share) => (free * share) / sum);
  const counts = exact.map((value) => 1 + Math.floor(value));
  const left = total - counts.reduce((all, count) => all + count, 0);
  const byRest = exact
    .map((value, i) => ({ i, rest: value % 1 }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of byRest.slice(0, left)) counts[i] += 1;
  return counts;
}
