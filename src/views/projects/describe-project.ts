import { numImages, type Recipe } from '../../dataset/recipe';
import { FILE_FORMATS } from '../../dataset/formats/format';
import { LAYOUTS } from '../../dataset/layouts/layout';
import { dateTime } from '../../languages/numbers';
import { sameRecipe, type Project } from '../../project/project';
import { texts } from './texts';

/** What of a project is in this browser just now. */
export interface Here {
  /** Its real images; 'visit': until the page is closed. */
  real: 'kept' | 'visit' | null;
  /** The data set that was made. */
  set: boolean;
  /** The model that the studio has chosen. */
  modelId: string;
}

export type StepId = 'real' | 'recipe' | 'make' | 'review' | 'compare' | 'export';

/** One step of a project's story. */
export interface ProjectStep {
  id: StepId;
  title: string;
  /** What the step is for. */
  why: string;
  /** What came of it, a line each; empty: nothing yet. */
  found: string[];
  /** Whole sentences of a report, in English. */
  verdict: string[];
  /** What stands in the way or has changed; empty: nothing. */
  notice: string;
  done: boolean;
}

/** All steps, in the order in which they make sense. */
export function stepsOf(project: Project, here: Here): ProjectStep[] {
  return [
    realStep(project, here),
    recipeStep(project, here),
    makeStep(project),
    reviewStep(project),
    compareStep(project),
    exportStep(project),
  ];
}

/** The first step that is not done; null: all are. */
export function nextStep(steps: readonly ProjectStep[]): ProjectStep | null {
  return steps.find(({ done }) => !done) ?? null;
}

function step(id: StepId, title: string, why: string): ProjectStep {
  return { id, title, why, found: [], verdict: [], notice: '', done: false };
}

function realStep({ real, evaluation, made }: Project, here: Here): ProjectStep {
  const empty = step('real', texts.realTitle, texts.realWhy);
  if (!real) return empty;
  const where = { kept: texts.realKept, visit: texts.realForVisit };
  const found = [texts.realFound(real.count, real.title), ...(here.real ? [where[here.real]] : [])];
  const needed = !evaluation || evaluation.setId !== made?.setId;
  return {
    ...empty,
    found: [found.join(' · ')],
    notice: here.real ? '' : texts.realGone,
    done: here.real !== null || !needed,
  };
}

function recipeStep({ recipe }: Project, { modelId }: Here): ProjectStep {
  const empty = step('recipe', texts.recipeTitle, texts.recipeWhy);
  if (!recipe) return empty;
  return {
    ...empty,
    found: [texts.recipeFound(recipe.rows.length, imagesOf(recipe))],
    notice: recipe.modelId === modelId ? '' : texts.recipeOtherModel(recipe.modelId),
    done: true,
  };
}

function makeStep({ recipe, made }: Project): ProjectStep {
  const empty = step('make', texts.makeTitle, texts.makeWhy);
  if (!made) return empty;
  const changed = recipe !== null && !sameRecipe(recipe, made.recipe);
  const failed = made.numFailed ? [texts.failed(made.numFailed)] : [];
  return {
    ...empty,
    found: [[texts.madeOf(made.numDone, made.total), ...failed].join(', ')],
    notice: changed ? texts.recipeChanged : '',
    done: made.finished && !changed,
  };
}

function reviewStep({ review, made }: Project): ProjectStep {
  const empty = step('review', texts.reviewTitle, texts.reviewWhy);
  if (!review || review.kept + review.rejected + review.discarded === 0) return empty;
  const { kept, rejected, discarded, open } = review;
  const left = open ? [texts.toLookAt(open)] : [];
  const found = [texts.reviewed(kept, rejected, discarded), ...left].join(' · ');
  const now = review.setId === made?.setId;
  return { ...empty, found: [now ? found : texts.earlier(found)], done: now && open === 0 };
}

function compareStep({ evaluation, made }: Project): ProjectStep {
  const empty = step('compare', texts.compareTitle, texts.compareWhy);
  if (!evaluation) return empty;
  const { numSynthetic, numReal, at, verdict } = evaluation;
  const found = texts.compared(numSynthetic, numReal, dateTime(at));
  const now = evaluation.setId === made?.setId;
  return { ...empty, found: [now ? found : texts.earlier(found)], verdict, done: now };
}

function exportStep({ exported, made }: Project): ProjectStep {
  const empty = step('export', texts.exportTitle, texts.exportWhy);
  if (!exported) return empty;
  const { numImages, at, layout, format } = exported;
  const titleOf = (all: readonly [string, string][], name: string) =>
    all.find(([one]) => one === name)?.[1] ?? name;
  const found = texts.exported(numImages, dateTime(at));
  const as = layout
    ? [texts.exportedAs(titleOf(LAYOUTS, layout), titleOf(FILE_FORMATS, format))]
    : [];
  const now = exported.setId === made?.setId;
  return { ...empty, found: [now ? found : texts.earlier(found), ...as], done: now };
}

/** How many images a recipe makes. */
export function imagesOf({ rows }: Pick<Recipe, 'rows'>): number {
  return rows.reduce((sum, row) => sum + numImages(row), 0);
}
