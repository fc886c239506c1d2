import type { ErrorName } from '../errors';
import type { english as browser } from '../browser/texts';
import type { english as controls } from '../controls/texts';
import type { english as pictures } from '../pictures/texts';
import type { english as shell } from '../shell/texts';
import type { english as benchmark } from '../views/benchmark/texts';
import type { english as datasets } from '../views/datasets/texts';
import type { english as evaluate } from '../views/evaluate/texts/evaluate';
import type { english as results } from '../views/evaluate/texts/results';
import type { english as finetune } from '../views/finetune/texts';
import type { english as gallery } from '../views/gallery/texts';
import type { english as tour } from '../views/gallery/tour/texts';
import type { english as help } from '../views/help/texts';
import type { english as models } from '../views/models/texts';
import type { english as paint } from '../views/paint/texts';
import type { english as projects } from '../views/projects/texts';
import type { english as storage } from '../views/storage/texts';
import type { english as compare } from '../views/studio/texts/compare';
import type { english as conditions } from '../views/studio/texts/conditions';
import type { english as edit } from '../views/studio/texts/edit';
import type { english as prompts } from '../views/studio/texts/prompts';
import type { english as queue } from '../views/studio/texts/queue';
import type { english as studio } from '../views/studio/texts/studio';

/** Every text of the page, by the folder that shows it; each stands there in English. */
export interface Catalogues {
  benchmark: typeof benchmark;
  browser: typeof browser;
  compare: typeof compare;
  conditions: typeof conditions;
  controls: typeof controls;
  datasets: typeof datasets;
  edit: typeof edit;
  evaluate: typeof evaluate;
  finetune: typeof finetune;
  gallery: typeof gallery;
  help: typeof help;
  models: typeof models;
  paint: typeof paint;
  pictures: typeof pictures;
  projects: typeof projects;
  prompts: typeof prompts;
  queue: typeof queue;
  results: typeof results;
  shell: typeof shell;
  storage: typeof storage;
  studio: typeof studio;
  tour: typeof tour;
}

/**
 * A language other than English. What it leaves out is shown in English; a test, tests/unit/languages/complete.test.ts,
 * holds German and Spanish complete.
 */
export type Language = { [Name in keyof Catalogues]?: Partial<Catalogues[Name]> } & {
  /** By the kind of an error: what happened and what to do; its English message stands beneath. */
  errors?: Partial<Record<ErrorName, string>>;
};
