import type { Covariate, ModelEntry } from '../models/manifest/manifest';
import { takesEdits } from '../models/manifest/model-files';
import { STAINS } from '../image/nuclei-layout';
import type { Recipe, RecipeRow, Share } from './recipe';

/** A recipe to start from. */
export interface RecipePreset {
  title: string;
  recipe: Recipe;
}

/** Those that this model can make: every covariate of a preset is one of its own. */
export function recipePresets(entry: ModelEntry): RecipePreset[] {
  if (entry.kind === 'generator') {
    return [{ title: 'Of each label', recipe: toRecipe(entry, 'Of each label', examples(entry)) }];
  }
  const covariates = new Map(entry.conditions.covariates.map((one) => [one.name, one]));
  const rowSets: [string, RecipeRow[] | null][] = [
    ['6 skin tones × 6 diagnoses', skin(covariates.get('skin_tone'))],
    ['Chest X-rays, half with effusion', chest(covariates.get('age'), covariates.get('sex'))],
    ['Five grades of retinopathy', fundus(covariates.get('dr_grade'))],
    ['Brains from 60 to 96 years', brain(covariates.get('age'), covariates.get('sex'))],
    ['Nuclei with masks', entry.conditions.mask ? nuclei() : null],
    ['Nuclei, 5 to 80 a picture', counted(covariates.get('nuclei'))],
    [
      'Brains in pairs, and with larger ventricles',
      ventriclePairs(entry, covariates.get('csf_fraction')),
    ],
    ['The examples of the model', entry.examples.length ? examples(entry) : null],
  ];
  return rowSets.flatMap(([title, rows]) =>
    rows ? [{ title, recipe: toRecipe(entry, title, rows) }] : [],
  );
}

/** Images of a recipe that nobody has written anything into yet: enough to see what comes, and soon made. */
const STARTING_COUNT = 12;

/** A small labelled recipe of the kind of image at hand; of every kind where that is not known. null: the model has no examples. */
export function startingRecipe(entry: ModelEntry, modality: string | null): Recipe | null {
  const ofKind = entry.examples.filter((example) => example.modality === modality);
  const rows = examples(entry, ofKind.length > 0 ? ofKind : entry.examples).slice(
    0,
    STARTING_COUNT,
  );
  if (rows.length === 0) return null;
  rows.forEach((row, i) => {
    row.count = Math.floor((STARTING_COUNT + rows.length - 1 - i) / rows.length);
  });
  const title = (ofKind.length > 0 && modality) || 'The examples of the model';
  return toRecipe(entry, title.charAt(0).toUpperCase() + title.slice(1), rows);
}

function toRecipe(entry: ModelEntry, title: string, rows: RecipeRow[]): Recipe {
  const { numInferenceSteps, guidanceScale, scheduler } = entry.defaults;
  const settings = { numInferenceSteps, guidanceScale, scheduler };
  return { version: 1, title, modelId: entry.id, seed: 1, ...settings, rows };
}

function skin(tone: Covariate | undefined): RecipeRow[] | null {
  if (!tone?.choices) return null;
  const diagnosis = words(
    'nevus',
    'melanoma',
    'basal cell carcinoma',
    'squamous cell carcinoma',
    'actinic keratosis',
    'seborrheic keratosis',
  );
  return [
    {
      count: 1800,
      prompt: 'clinical skin photo, {skin_tone} skin, {diagnosis}',
      label: '{diagnosis}',
      words: { diagnosis },
      covariates: { skin_tone: every(tone) },
    },
  ];
}

function chest(age: Covariate | undefined, sex: Covariate | undefined): RecipeRow[] | null {
  if (!age || !sex?.choices) return null;
  return [
    {
      count: 400,
      prompt: 'frontal chest x-ray, adult, AP view, {finding}',
      label: '{finding}',
      words: { finding: words('no finding', 'pleural effusion') },
      covariates: { age: { from: 40, to: 80, step: 1 }, sex: every(sex) },
    },
  ];
}

function fundus(grade: Covariate | undefined): RecipeRow[] | null {
  if (!grade?.choices) return null;
  const said = ['no', 'mild', 'moderate', 'severe', 'proliferative'];
  const shares = every(grade).map((one, i) => ({
    ...one,
    name: `${said[i] ?? one.name} diabetic retinopathy`,
  }));
  return [
    {
      count: 500,
      prompt: 'retinal fundus photograph, {dr_grade}',
      label: '{dr_grade}',
      words: {},
      covariates: { dr_grade: shares },
    },
  ];
}

function brain(age: Covariate | undefined, sex: Covariate | undefined): RecipeRow[] | null {
  if (!age?.appliesTo.includes('brain MRI') || !sex?.choices) return null;
  const state = words('no dementia', 'dementia');
  return [
    {
      count: 400,
      prompt: 'axial T1 brain MRI, {age} year old, {state}',
      label: '{state}',
      words: { state },
      covariates: { age: { from: 60, to: 96, step: 1 }, sex: every(sex) },
    },
  ];
}

function nuclei(): RecipeRow[] {
  const row = { count: 200, words: {}, covariates: {} };
  return [
    {
      ...row,
      prompt: 'fluorescence microscopy of cell nuclei',
      label: 'fluorescence',
      mask: { stain: 'fluorescence' },
    },
    {
      ...row,
      prompt: 'purple stained histology, microscopy of cell nuclei',
      label: 'histology',
      mask: { stain: 'histology' },
    },
  ];
}

function counted(number: Covariate | undefined): RecipeRow[] | null {
  if (!number) return null;
  const stain = words('fluorescence', 'histology');
  return [
    {
      count: 200,
      prompt: '{stain} microscopy of cell nuclei, {nuclei} nuclei',
      label: '{stain}',
      words: { stain },
      covariates: { nuclei: { from: 5, to: 80, step: 1 } },
    },
  ];
}

/** A change of a covariate, which needs no network that knows labels. */
function ventriclePairs(entry: ModelEntry, fluid: Covariate | undefined): RecipeRow[] | null {
  if (!fluid?.appliesTo.includes('brain MRI') || !takesEdits(entry)) return null;
  return [
    {
      count: 100,
      prompt: 'axial T1 brain MRI, no dementia',
      label: 'as drawn',
      words: {},
      covariates: {},
      pair: { sentence: 'larger ventricles', label: 'larger ventricles' },
    },
  ];
}

function examples(entry: ModelEntry, of = entry.examples): RecipeRow[] {
  const masked = entry.kind === 'generator' && entry.generator.mask;
  return of.map(({ prompt, negativePrompt, covariates = {}, title }) => ({
    count: 50,
    prompt,
    ...(negativePrompt ? { negativePrompt } : {}),
    label: title,
    words: {},
    covariates,
    ...(masked && { mask: { stain: STAINS[0] } }),
  }));
}

function words(...values: string[]): Share<string>[] {
  return values.map((value) => ({ value, share: 1 }));
}

/** Every choice alike. */
function every({ choices = [] }: Covariate): Share<number>[] {
  return choices.map(({ value, title }) => ({ value, share: 1, name: title }));
}
