import { parseRecipe } from '../../../dataset/parse-recipe';
import { createPlan, type Recipe, type RecipeRow } from '../../../dataset/recipe';
import { schedulerId } from '../../../models/manifest/scheduler-names';
import { validateRecipe } from '../../../dataset/validate-recipe';
import { STAINS, type Stain } from '../../../image/nuclei-layout';
import type { ModelEntry } from '../../../models/manifest/manifest';
import { takesEdits } from '../../../models/manifest/model-files';
import type { FeatureNetwork } from '../../../models/manifest/networks';
import { CheckForm } from '../../../controls/check-form.svelte';
import { refuseUnknownChanges } from '../../../controls/edit/pair';
import { RowForm } from './recipe-row-form.svelte';
import { RecipeWords, rowReader, type RowReader } from './recipe-words.svelte';
import { saveBlob } from '../../../browser/save-file';
import { texts } from '../texts';

/** The recipe that is being written. */
export class RecipeForm {
  readonly entry: ModelEntry;
  readonly check: CheckForm;
  /** What the model makes of the rows' words. */
  readonly words: RecipeWords;
  /** Of the project that keeps the recipe; null: it is for itself. */
  projectId = $state<string | null>(null);
  title = $state('');
  seed = $state(0);
  numInferenceSteps = $state(0);
  guidanceScale = $state(0);
  scheduler = $state('');
  rows = $state<RowForm[]>([]);
  /** Why the file that was opened is no recipe. */
  error = $state.raw<Error | null>(null);

  total = $derived(this.rows.reduce((sum, row) => sum + row.numImages, 0));
  /** The first thing that keeps this from being made; null where nothing does. */
  problem = $derived.by(() => {
    try {
      validateRecipe(this.recipe, this.entry);
      refuseUnknownChanges(this.recipe, { entry: this.entry, labels: this.check.network?.labels });
      return null;
    } catch (error) {
      return error as Error;
    }
  });

  /** `read`: asks the model about the words of a row; absent: they are not known. */
  constructor(
    entry: ModelEntry,
    checker: FeatureNetwork | null = null,
    read: RowReader = rowReader(entry.id, undefined, () => []),
  ) {
    this.entry = entry;
    this.words = new RecipeWords(read, entry.examples[0]?.prompt ?? '');
    this.check = new CheckForm(checker);
    Object.assign(this, entry.defaults);
    this.seed = crypto.getRandomValues(new Uint32Array(1))[0];
    this.title = texts.newDataSet;
  }

  get stains(): Stain[] {
    return this.entry.conditions.mask && !this.entry.volume ? STAINS : [];
  }

  /** The model can change one thing of an image: rows may be of pairs. */
  get pairsOffered(): boolean {
    return takesEdits(this.entry);
  }

  /** As it will be stored and made. */
  get recipe(): Recipe {
    const { seed, numInferenceSteps, guidanceScale, scheduler } = this;
    return {
      version: 1,
      title: this.title.trim() || texts.dataSet,
      modelId: this.entry.id,
      seed,
      numInferenceSteps,
      guidanceScale,
      scheduler,
      ...(this.check.choice ? { check: this.check.choice } : {}),
      rows: this.rows.map((row) => row.toRow()),
    };
  }

  /** Takes over what can be made from a recipe, with this model; what has no field in the form is as the model has it. */
  use(recipe: Recipe) {
    const { title, seed, numInferenceSteps } = recipe;
    const { ranges, defaults } = this.entry;
    const guidanceScale =
      ranges.guidanceScale[1] > 1 ? recipe.guidanceScale : ranges.guidanceScale[1];
    const offered = this.entry.kind === 'generator' ? [] : this.entry.schedulers.map(schedulerId);
    const known = offered.includes(recipe.scheduler);
    const scheduler = known ? recipe.scheduler : defaults.scheduler;
    Object.assign(this, { title, seed, numInferenceSteps, guidanceScale, scheduler });
    const { maxTries, unconfirmed } = recipe.check ?? this.check;
    this.check.contents = { on: recipe.check !== undefined, maxTries, unconfirmed };
    this.rows = recipe.rows.map((row) => this.#row(row));
  }

  /** Has the words of all rows read, as they stand, unless a row cannot be made; returns what stops that. */
  followWords(): (() => void) | undefined {
    return this.problem ? undefined : this.words.follow(this.recipe.rows);
  }

  /** Which rows the check concerns, by the first image of each. */
  get checkSays(): string {
    if (this.problem) return '';
    const { recipe } = this;
    const unnamed = recipe.rows.flatMap((row, i) => {
      const { prompt } = createPlan({ ...recipe, rows: [row] }).image(0).request;
      return this.check.asked(prompt).length > 0 ? [] : [i + 1];
    });
    if (unnamed.length === 0) return texts.drawsEachImageUntil;
    if (unnamed.length === recipe.rows.length) {
      return texts.thereNothingToCheck;
    }
    return texts.thereNothingToCheckIn(unnamed.join(', '));
  }

  async open(file: File) {
    try {
      this.use(parseRecipe(await file.text()));
      this.error = null;
    } catch (error) {
      this.error = error as Error;
    }
  }

  /** As a file, which `open` opens again. */
  save() {
    const { recipe } = this;
    const json = new Blob([`${JSON.stringify(recipe, null, 2)}\n`], { type: 'application/json' });
    saveBlob(json, `${recipe.title.replace(/[^\p{L}\p{N}]+/gu, '-') || 'recipe'}.recipe.json`);
  }

  addRow() {
    const prompt = this.rows.at(-1)?.prompt ?? this.entry.examples[0]?.prompt ?? '';
    const { entry } = this;
    const masked = entry.kind === 'generator' && entry.generator.mask;
    const mask = masked ? { mask: { stain: STAINS[0] } } : {};
    const row = { count: 100, prompt, words: {}, covariates: {}, ...mask };
    this.rows.push(this.#row(row));
  }

  duplicate(row: RowForm) {
    const at = this.rows.indexOf(row) + 1;
    this.rows.splice(at, 0, this.#row(row.toRow()));
  }

  remove(row: RowForm) {
    this.rows = this.rows.filter((one) => one !== row);
  }

  #row(row: RecipeRow): RowForm {
    return new RowForm(row, this.entry, this.check.network?.labels?.modalities);
  }
}
