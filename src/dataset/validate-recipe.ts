import { schedulerId } from '../models/manifest/scheduler-names';
import { MAX_PUSH } from '../common/edit-standard';
import { MAX_NUCLEI, STAINS, type NucleiSettings } from '../image/nuclei-layout';
import { labelNamed } from '../models/manifest/generator';
import type { Covariate, GeneratorEntry, ModelEntry } from '../models/manifest/manifest';
import { takesAdapters, takesEdits } from '../models/manifest/model-files';
import { MAX_SHARES } from './deal';
import { checkBetween, checkWhole, invalid } from './refuse-number';
import {
  numImages,
  PLACEHOLDER,
  type CovariateRule,
  type MaskSettings,
  type PairSettings,
  type Recipe,
  type RecipeCheck,
  type RecipeRow,
  type Share,
  type TunedChoice,
} from './recipe';

/** More rows than anybody reads are made by a program, and can be two recipes. */
export const MAX_ROWS = 500;
/** Of a whole recipe; months of work on any machine. */
export const MAX_IMAGES = 1_000_000;
/** Of one image, where it is checked while it is drawn; the same as in src/diffusion/checked.ts. */
export const MAX_TRIES = 16;
const MAX_PROMPT_LENGTH = 2000;
const MAX_UINT32 = 2 ** 32 - 1;

/** Throws `RequestInvalid` for the first thing in a recipe that cannot be made with this model. */
export function validateRecipe(recipe: Recipe, entry: ModelEntry) {
  if (recipe.modelId !== entry.id) {
    throw invalid(
      `The recipe is for another model (expected "${entry.id}", got "${recipe.modelId}").`,
      'Choose that model under Models, or change the recipe.',
    );
  }
  const { ranges } = entry;
  checkWhole('seed', recipe.seed, 0, MAX_UINT32);
  checkWhole('number of steps', recipe.numInferenceSteps, ...ranges.numInferenceSteps);
  checkBetween('guidance scale', recipe.guidanceScale, ...ranges.guidanceScale);
  const known =
    entry.kind === 'generator' ? [entry.defaults.scheduler] : entry.schedulers.map(schedulerId);
  if (!known.includes(recipe.scheduler)) {
    throw invalid(
      `The model has no scheduler "${recipe.scheduler}" (expected ${known.join(' or ')}).`,
      'Choose one of these.',
    );
  }
  if (recipe.check) checkTries(recipe.check);
  checkWhole('number of rows', recipe.rows.length, 1, MAX_ROWS);
  recipe.rows.forEach((row, i) => checkRow(`Row ${i + 1}`, row, entry));
  const total = recipe.rows.reduce((sum, row) => sum + numImages(row), 0);
  checkWhole('number of images', total, 1, MAX_IMAGES);
}

/** Which networks there are is seen when one is used. */
function checkTries({ maxTries, unconfirmed }: RecipeCheck) {
  checkWhole('number of tries of the check', maxTries, 1, MAX_TRIES);
  if (['keep', 'drop'].includes(unconfirmed)) return;
  throw invalid(
    `What becomes of unconfirmed images is not usable (expected "keep" or "drop", got "${unconfirmed as string}").`,
    'Choose one of these.',
  );
}

function checkRow(where: string, row: RecipeRow, entry: ModelEntry) {
  checkWhole(`${where}: count`, row.count, 1, MAX_IMAGES);
  if (row.prompt.trim() === '') {
    throw invalid(
      `${where}: the prompt is empty (expected a description).`,
      'Describe the images.',
    );
  }
  const { prompt, negativePrompt = '' } = row;
  if (entry.ranges.guidanceScale[1] <= 1 && negativePrompt.trim() !== '') {
    throw invalid(
      `${where}: ${entry.title} takes no negative prompt, for its guidance is built in (expected none, got ` +
        `"${negativePrompt.slice(0, 40)}").`,
      'Remove it, or choose a model with guidance.',
    );
  }
  const texts = { prompt, 'negative prompt': negativePrompt };
  for (const [name, list] of Object.entries(row.words)) {
    checkName(where, name, row);
    checkShares(`${where}: {${name}}`, list);
    for (const { value } of list) {
      if (value.trim() !== '') continue;
      throw invalid(
        `${where}: a word for {${name}} is empty (expected text).`,
        'Remove that line.',
      );
    }
  }
  for (const [name, rule] of Object.entries(row.covariates)) {
    checkCovariate(where, name, rule, entry);
  }
  const { sentence = '', label: pairLabel = '' } = row.pair ?? {};
  const said = { ...texts, label: row.label ?? '', change: sentence, 'changed label': pairLabel };
  for (const [name, text] of Object.entries(said)) {
    checkTemplate(`${where}: the ${name}`, text, row);
  }
  if (entry.kind === 'generator') checkLabels(where, row, entry);
  if (row.mask) checkMask(`${where}: masks`, row.mask, entry);
  if (row.lora) checkTuned(`${where}: the tuned model`, row.lora, entry);
  if (row.pair) checkPair(`${where}: pairs`, row, row.pair, entry);
}

/** Whether the model has words for the change is for whoever knows its labels: src/controls/edit/pair.ts. */
function checkPair(
  what: string,
  { mask, count }: RecipeRow,
  { sentence, push = 1, strength = 1, sources }: PairSettings,
  entry: ModelEntry,
) {
  if (sources) checkWhole(`${what}, count`, count, 1, sources.length);
  if (!takesEdits(entry)) {
    throw invalid(
      `${what}: ${entry.title} changes no picture by a sentence (expected a model of pictures that is a rectified flow).`,
      'Make images without pairs, or choose another model.',
    );
  }
  if (mask) {
    throw invalid(
      `${what}: a picture that is drawn to a mask is not changed (expected no masks, got some).`,
      'Remove the masks, or make no pairs.',
    );
  }
  if (sentence.trim() === '') {
    throw invalid(
      `${what}: nothing is to change (expected a sentence, got none).`,
      'Say what is to change: "make it glioma", "older".',
    );
  }
  checkBetween(`${what}, push`, push, 1, MAX_PUSH);
  checkBetween(`${what}, strength`, strength, MIN_STRENGTH, 1);
}

/** Of an edit: at 0 nothing would change. */
const MIN_STRENGTH = 0.01;

/** Every prompt that the row can come to must be a label; what draws to a mask needs one for each image. */
function checkLabels(where: string, row: RecipeRow, { title, generator }: GeneratorEntry) {
  const { labels, mask } = generator;
  const [, placeholder] = /^\{([^{}]*)\}$/.exec(row.prompt.trim()) ?? [];
  const asked = row.words[placeholder ?? '']?.map(({ value, name }) => name ?? value);
  const unknown = (asked ?? [row.prompt]).find((text) => labelNamed(labels, text) === undefined);
  if (unknown !== undefined) {
    throw invalid(
      `${where}: ${title} has no label "${unknown.trim().slice(0, 60)}" (expected one of ${labels.join(', ')}, or one ` +
        'placeholder for a list of them).',
      'Choose one of these as the prompt.',
    );
  }
  if (mask && !row.mask) {
    throw invalid(`${where}: ${title} draws to masks (expected some, got none).`, 'Choose masks.');
  }
}

/** How much of what was learnt is used: 0 is none of it, 1 all; beyond 2 pictures fall apart. */
const STRENGTH_RANGE: [number, number] = [0, 2];

/** Whether the browser has it is seen when it is used: a recipe may come from elsewhere. */
function checkTuned(what: string, { sha256, strength }: TunedChoice, entry: ModelEntry) {
  if (!takesAdapters(entry)) {
    throw invalid(
      `${what}: ${entry.title} takes no fine-tuning (expected none).`,
      'Remove it, or choose another model.',
    );
  }
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalid(
      `${what} has no usable hash (expected 64 hexadecimal digits, got "${sha256.slice(0, 80)}").`,
      'Choose it again.',
    );
  }
  checkBetween(`${what}, strength`, strength, ...STRENGTH_RANGE);
}

/** Smallest and largest of each setting of the mask generator. */
export const NUCLEI_RANGES: Record<keyof NucleiSettings, [number, number]> = {
  count: [1, MAX_NUCLEI],
  diameter: [4, 128],
  sizeSpread: [0, 1],
  elongation: [1, 4],
  clustering: [0, 1],
  overlap: [0, 1],
};

function checkMask(what: string, mask: MaskSettings, entry: ModelEntry) {
  if (!entry.conditions.mask) {
    throw invalid(
      `${what}: ${entry.title} takes none (expected no masks).`,
      'Remove them, or choose another model.',
    );
  }
  if ('stain' in mask) {
    if (STAINS.includes(mask.stain)) return;
    throw invalid(
      `${what}: the stain "${mask.stain as string}" is not known (expected ${STAINS.join(' or ')}).`,
      'Choose one of these.',
    );
  }
  checkWhole(`${what}, count`, mask.count, ...NUCLEI_RANGES.count);
  for (const [name, range] of Object.entries(NUCLEI_RANGES)) {
    checkBetween(`${what}, ${name}`, mask[name as keyof NucleiSettings], ...range);
  }
}

function checkName(where: string, name: string, row: RecipeRow) {
  if (name.trim() !== '' && !/[{}]/.test(name) && !(name in row.covariates)) return;
  throw invalid(
    `${where}: "${name}" cannot be a placeholder (expected a name without braces that no covariate has).`,
    'Rename it.',
  );
}

function checkTemplate(what: string, template: string, { words, covariates }: RecipeRow) {
  const names = [...Object.keys(words), ...Object.keys(covariates)];
  for (const [, name] of template.matchAll(PLACEHOLDER)) {
    if (names.includes(name)) continue;
    const expected = names.map((one) => `{${one}}`).join(', ') || 'none, for this row has no lists';
    throw invalid(
      `${what} has a placeholder {${name}} that nothing fills (expected ${expected}).`,
      'Add a list of that name, or remove the placeholder.',
    );
  }
  const longest = Math.max(
    0,
    ...Object.values(words)
      .flat()
      .map(({ value }) => value.length),
  );
  const length = template.length + longest * [...template.matchAll(PLACEHOLDER)].length;
  if (length <= MAX_PROMPT_LENGTH) return;
  throw invalid(
    `${what} is too long (expected at most ${MAX_PROMPT_LENGTH} characters, got up to ${length}).`,
    'Shorten it.',
  );
}

function checkCovariate(where: string, name: string, rule: CovariateRule, entry: ModelEntry) {
  const known = entry.conditions.covariates;
  const covariate = known.find((one) => one.name === name);
  if (!covariate) {
    const names = known.map((one) => one.name).join(', ') || 'none';
    throw invalid(
      `${where}: ${entry.title} does not know the covariate "${name}" (expected ${names}).`,
      'Remove it, or choose another model.',
    );
  }
  const what = `${where}: ${covariate.title}`;
  if (Array.isArray(rule)) checkShares(what, rule);
  for (const value of valuesOf(rule)) checkValue(what, value, covariate);
  if (typeof rule === 'number' || Array.isArray(rule)) return;
  if (rule.from > rule.to) {
    throw invalid(
      `${what} runs backwards (expected the smaller value first, got ${rule.from} to ${rule.to}).`,
      'Swap them.',
    );
  }
  if (rule.step !== undefined)
    checkBetween(`${what}, step`, rule.step, 0, rule.to - rule.from || 1);
}

function valuesOf(rule: CovariateRule): number[] {
  if (typeof rule === 'number') return [rule];
  return Array.isArray(rule) ? rule.map(({ value }) => value) : [rule.from, rule.to];
}

function checkValue(what: string, value: number, { min, max, unit }: Covariate) {
  checkBetween(what, value, min, max, unit ? ` ${unit}` : '');
}

function checkShares(what: string, list: Share<unknown>[]) {
  if (list.length === 0) {
    throw invalid(
      `${what} has an empty list (expected at least one value).`,
      'Add one, or remove the list.',
    );
  }
  for (const { share } of list) checkWhole(`${what}, share`, share, 1, MAX_SHARES);
  const sum = list.reduce((total, { share }) => total + share, 0);
  checkWhole(`${what}, sum of the shares`, sum, 1, MAX_SHARES);
}
