import { expect, test } from 'vitest';
import type { Recipe, RecipeRow } from '../../../src/dataset/recipe';
import { parseRecipe } from '../../../src/dataset/parse-recipe';
import { validateRecipe } from '../../../src/dataset/validate-recipe';
import { STAINS } from '../../../src/image/nuclei-layout';
import type { DiffusionEntry } from '../../../src/models/manifest/manifest';

const AGE = { name: 'age', title: 'Age', unit: 'years', min: 0, max: 100, step: 1 };
const ENTRY = {
  id: 'model',
  title: 'The model',
  schedulers: [{ type: 'ddim' }],
  ranges: { numInferenceSteps: [1, 50], guidanceScale: [1, 10] },
  conditions: { covariates: [AGE], initImage: false },
} as unknown as DiffusionEntry;

const ROW: RecipeRow = {
  count: 10,
  prompt: 'x-ray, {age} years, {finding}',
  words: { finding: [{ value: 'normal', share: 1 }] },
  covariates: { age: { from: 40, to: 80, step: 1 } },
};
const RECIPE: Recipe = {
  version: 1,
  title: 'Test',
  modelId: 'model',
  seed: 1,
  numInferenceSteps: 4,
  guidanceScale: 1,
  scheduler: 'ddim',
  rows: [ROW],
};

const withRow = (change: Partial<RecipeRow>): Recipe => ({
  ...RECIPE,
  rows: [{ ...ROW, ...change }],
});

test('a sound recipe passes, and comes back from its JSON as it was', () => {
  const again = parseRecipe(JSON.stringify(RECIPE));
  expect(again).toEqual(RECIPE);
  expect(() => validateRecipe(again, ENTRY)).not.toThrow();
});

const CHECK = { networkId: 'names', maxTries: 4, unconfirmed: 'keep' } as const;

test('a recipe with a check comes back from its JSON as it was', () => {
  const checking: Recipe = { ...RECIPE, check: CHECK };
  const again = parseRecipe(JSON.stringify(checking));
  expect(again).toEqual(checking);
  expect(() => validateRecipe(again, ENTRY)).not.toThrow();
});

test.each<[string, Recipe, RegExp]>([
  [
    'no tries',
    { ...RECIPE, check: { ...CHECK, maxTries: 0 } },
    /tries of the check.*1 to 16, got 0/,
  ],
  [
    'an unknown end of tries',
    { ...RECIPE, check: { ...CHECK, unconfirmed: 'burn' as 'keep' } },
    /expected "keep" or "drop", got "burn"/,
  ],
  ['another model', { ...RECIPE, modelId: 'b' }, /expected "model", got "b"/],
  ['too many steps', { ...RECIPE, numInferenceSteps: 51 }, /Number of steps.*1 to 50, got 51/],
  ['guidance out of range', { ...RECIPE, guidanceScale: NaN }, /Guidance scale.*got NaN/],
  ['an unknown scheduler', { ...RECIPE, scheduler: 'x' }, /no scheduler "x" \(expected ddim\)/],
  ['a seed of 33 bits', { ...RECIPE, seed: 2 ** 32 }, /Seed.*got 4294967296/],
  ['no rows', { ...RECIPE, rows: [] }, /Number of rows.*got 0/],
  ['half an image', withRow({ count: 0.5 }), /Row 1: count.*got 0.5/],
  ['an empty prompt', withRow({ prompt: ' ' }), /Row 1: the prompt is empty/],
  ['a placeholder without words', withRow({ prompt: '{side}' }), /\{side\}.*expected \{finding\}/],
  ['an unknown label', withRow({ label: '{x}' }), /Row 1: the label has a placeholder \{x\}/],
  ['an unknown covariate', withRow({ covariates: { bmi: 3 } }), /"bmi" \(expected age\)/],
  ['a value out of range', withRow({ covariates: { age: 101 } }), /0 to 100 years, got 101/],
  [
    'a range that runs backwards',
    withRow({ covariates: { age: { from: 80, to: 40 } } }),
    /runs backwards.*got 80 to 40/,
  ],
  ['an empty list', withRow({ words: { finding: [] } }), /Row 1: \{finding\} has an empty list/],
  [
    'an empty word',
    withRow({ words: { finding: [{ value: ' ', share: 1 }] } }),
    /a word for \{finding\} is empty/,
  ],
  [
    'a share of nothing',
    withRow({ words: { finding: [{ value: 'a', share: 0 }] } }),
    /share.*1 to 1000, got 0/,
  ],
  [
    'a word list named like a covariate',
    withRow({ words: { age: [{ value: 'a', share: 1 }] } }),
    /"age" cannot be a placeholder/,
  ],
  ['masks for a model without', withRow({ mask: { stain: STAINS[0] } }), /The model takes none/],
  ['a prompt that grows too long', withRow({ prompt: '{age}'.repeat(500) }), /too long/],
])('%s is named', (_what, recipe, message) => {
  const check = () => validateRecipe(recipe, ENTRY);
  expect(check).toThrow(expect.objectContaining({ name: 'RequestInvalid' }) as Error);
  expect(check).toThrow(message);
});

test.each([
  ['not JSON', '{', /expected JSON/],
  ['a list', '[]', /expected an object, got \[\]/],
  ['another version', '{"version":2}', /another version \(expected 1, got 2\)/],
  ['a row without a count', JSON.stringify({ ...RECIPE, rows: [{}] }), /rows\[0\]\.count/],
  ['a title of numbers', JSON.stringify({ ...RECIPE, title: 3 }), /title.*expected text, got 3/],
])('a file with %s is refused by name', (_what, text, message) => {
  expect(() => parseRecipe(text)).toThrow(message);
});

test('a mask generator out of range is named, for a model that takes masks', () => {
  const entry = { ...ENTRY, conditions: { ...ENTRY.conditions, mask: {} } } as DiffusionEntry;
  const mask = {
    ...{ count: 30, diameter: 20, sizeSpread: 0.3, elongation: 1.2, clustering: 0.2, overlap: 0.1 },
  };
  expect(() => validateRecipe(withRow({ mask }), entry)).not.toThrow();
  expect(() => validateRecipe(withRow({ mask: { ...mask, overlap: 2 } }), entry)).toThrow(
    /Row 1: masks, overlap.*0 to 1, got 2/,
  );
  const unknown = parseRecipe(JSON.stringify(withRow({ mask: { stain: 'x' as never } })));
  expect(() => validateRecipe(unknown, entry)).toThrow(/stain "x" is not known/);
});

test('a tuned model is named by its hash, for a model that takes one', () => {
  const lora = { sha256: 'ab'.repeat(32), title: 'Knees', strength: 0.8 };
  const entry = { ...ENTRY, components: { unet: { loraGraph: {} } } } as unknown as DiffusionEntry;
  const plain = { ...ENTRY, tokenizer: {}, components: { unet: {} } } as unknown as DiffusionEntry;
  const clip = { ...plain, tokenizer: { kind: 'clip' } } as unknown as DiffusionEntry;
  const recipe = withRow({ lora });
  expect(parseRecipe(JSON.stringify(recipe))).toEqual(recipe);
  expect(() => validateRecipe(recipe, entry)).not.toThrow();
  expect(() => validateRecipe(recipe, clip)).not.toThrow();
  expect(() => validateRecipe(recipe, plain)).toThrow(/takes no fine-tuning/);
  expect(() => validateRecipe(withRow({ lora: { ...lora, strength: 3 } }), entry)).toThrow(
    /Row 1: the tuned model, strength.*0 to 2, got 3/,
  );
  expect(() => validateRecipe(withRow({ lora: { ...lora, sha256: 'x' } }), entry)).toThrow(
    /no usable hash \(expected 64/,
  );
  const file = JSON.stringify(withRow({ lora: { title: 'Knees' } as never }));
  expect(() => parseRecipe(file)).toThrow(/rows\[0\]\.lora\.sha256.*expected text/);
});

test('what does not belong into a recipe is left out', () => {
  const text = JSON.stringify({ ...RECIPE, surprise: '<script>' });
  expect(parseRecipe(text)).not.toHaveProperty('surprise');
});

test('a negative prompt is refused by row where guidance is built in, before an image is made', () => {
  const entry: DiffusionEntry = {
    ...ENTRY,
    ranges: { ...ENTRY.ranges, guidanceScale: [1, 1] },
  };
  expect(() => validateRecipe(RECIPE, entry)).not.toThrow();
  expect(() => validateRecipe(withRow({ negativePrompt: ' ' }), entry)).not.toThrow();
  expect(() => validateRecipe(withRow({ negativePrompt: 'blur' }), entry)).toThrow(
    /Row 1: The model takes no negative prompt.*expected none, got "blur"/,
  );
});
