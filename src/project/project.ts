import type { Recipe } from '../dataset/recipe';

/** Real images that a project is measured by: a data set of this browser that came from a folder or a ZIP. */
export interface RealImages {
  /** Id of that data set; it may be gone, as at the end of a visit. */
  setId: string;
  /** Of the folder; empty in a project that was opened from a file, which names no folder. */
  title: string;
  count: number;
}

/** What was made from the recipe. */
export interface Made {
  /** Id of the data set; it may have been deleted since, or be in another browser. */
  setId: string;
  /** As it was made: the project's own may have been changed since. */
  recipe: Recipe;
  total: number;
  numDone: number;
  numFailed: number;
  /** Nothing more is to come. */
  finished: boolean;
}

/** What review has come to. */
export interface Reviewed {
  setId: string;
  kept: number;
  rejected: number;
  discarded: number;
  /** Neither kept nor rejected nor discarded. */
  open: number;
}

/** What a comparison with the real images said. */
export interface Evaluated {
  setId: string;
  /** Of the comparison that was kept, in this browser. */
  evaluationId: string;
  at: Date;
  numSynthetic: number;
  numReal: number;
  /** Whole sentences, in English as in every report. */
  verdict: string[];
}

/** How the images were saved last. */
export interface Exported {
  setId: string;
  at: Date;
  /** Names of src/dataset/formats/ and src/dataset/layouts/; empty in data sets that were saved before these were noted. */
  format: string;
  layout: string;
  numImages: number;
}

/** The way from real images to a data set that helps: what was chosen and what came of each step; null: not yet. */
export interface Project {
  id: string;
  title: string;
  createdAt: Date;
  real: RealImages | null;
  recipe: Recipe | null;
  made: Made | null;
  review: Reviewed | null;
  evaluation: Evaluated | null;
  exported: Exported | null;
}

/** What comes of the steps by itself. */
export type ProjectResults = Pick<Project, 'made' | 'review' | 'evaluation' | 'exported'>;

/** A project of which nothing is done. */
export function newProject(title: string, id: string, createdAt = new Date()): Project {
  const nothing = { made: null, review: null, evaluation: null, exported: null };
  return { id, title, createdAt, real: null, recipe: null, ...nothing };
}

/** Whether a data set belongs to it: its real images, or what was made. */
export function hasSet({ real, made }: Project, setId: string): boolean {
  return real?.setId === setId || made?.setId === setId;
}

/** Whether both say the same images; their titles may differ. */
export function sameRecipe(one: Recipe, other: Recipe): boolean {
  return JSON.stringify({ ...one, title: '' }) === JSON.stringify({ ...other, title: '' });
}
