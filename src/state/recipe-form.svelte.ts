import { parseRecipe } from '../dataset/parse-recipe';
import type { Recipe } from '../dataset/recipe';
import { validateRecipe } from '../dataset/validate-recipe';
import { STAINS, type Stain } from '../image/nuclei-layout';
import type { ModelEntry } from '../models/manifest';
import { RowForm } from './recipe-row-form.svelte';

/** The recipe that is being written. */
export class RecipeForm {
  readonly entry: ModelEntry;
  title = $state('');
  seed = $state(0);
  numInferenceSteps = $state(0);
  guidanceScale = $state(0);
  scheduler = $state('');
  rows = $state<RowForm[]>([]);
  /** Why the file that was opened is no recipe. */
  error = $state.raw<Error | null>(null);

  total = $derived(this.rows.reduce((sum, { count }) => sum + (count || 0), 0));
  /** The first thing that keeps this from being made; null where nothing does. */
  problem = $derived.by(() => {
    try {
      validateRecipe(this.recipe, this.entry);
      return null;
    } catch (error) {
      return error as Error;
    }
  });

  constructor(entry: ModelEntry) {
    this.entry = entry;
    Object.assign(this, entry.defaults);
    this.seed = crypto.getRandomValues(new Uint32Array(1))[0];
    this.title = 'New data set';
  }

  get stains(): Stain[] {
    return this.entry.conditions.mask && !this.entry.volume ? STAINS : [];
  }

  /** As it will be stored and made. */
  get recipe(): Recipe {
    const { seed, numInferenceSteps, guidanceScale, scheduler } = this;
    return {
      version: 1,
      title: this.title.trim() || 'Data set',
      modelId: this.entry.id,
      ...{ seed, numInferenceSteps, guidanceScale, scheduler },
      rows: this.rows.map((row) => row.toRow()),
    };
  }

  /** Takes over what can be made from a recipe, with this model. */
  use(recipe: Recipe) {
    const { title, seed, numInferenceSteps, guidanceScale, scheduler } = recipe;
    Object.assign(this, { title, seed, numInferenceSteps, guidanceScale, scheduler });
    this.rows = recipe.rows.map((row) => new RowForm(row, this.entry));
  }

  async open(file: File) {
    try {
      this.use(parseRecipe(await file.text()));
      this.error = null;
    } catch (error) {
      this.error = error as Error;
    }
  }

  addRow() {
    const prompt = this.rows.at(-1)?.prompt ?? this.entry.examples[0]?.prompt ?? '';
    const row = { count: 100, prompt, words: {}, covariates: {} };
    this.rows.push(new RowForm(row, this.entry));
  }

  duplicate(row: RowForm) {
    const at = this.rows.indexOf(row) + 1;
    this.rows.splice(at, 0, new RowForm(row.toRow(), this.entry));
  }

  remove(row: RowForm) {
    this.rows = this.rows.filter((one) => one !== row);
  }
}
